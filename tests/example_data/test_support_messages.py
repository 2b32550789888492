"""The example messages keep what their README promises."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import datetime

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from asknext.core.errors import NotFound
from asknext.example_data import GUIDELINES, LABELS, path

Rows = list[dict[str, str]]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def read(name: str) -> Rows:
    with path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def pool() -> Rows:
    return read("support_messages.csv")


@pytest.fixture(scope="module")
def held_out() -> Rows:
    return read("support_messages_test.csv")


def close_pairs(texts: list[str], least: float) -> list[tuple[int, int]]:
    """Pairs whose sets of character 5-grams have a Jaccard index of at least `least`."""
    grams = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True, dtype=np.int32)
    matrix = grams.fit_transform(texts)
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    shared = (matrix @ matrix.T).tocoo()
    upper = shared.row < shared.col
    row, col, both = shared.row[upper], shared.col[upper], shared.data[upper]
    near = both >= least * (sizes[row] + sizes[col] - both)
    return list(zip(row[near].tolist(), col[near].tolist(), strict=True))


def opening(row: dict[str, str]) -> str:
    if row["lang"] == "zh":
        return re.sub(r"\W", "", row["text"])[:5]
    return " ".join(re.findall(r"[\w'’]+", row["text"].lower())[:3])


def test_there_are_enough_messages(pool: Rows, held_out: Rows) -> None:
    assert len(pool) >= 1200
    assert len(held_out) >= 300
    assert list(pool[0]) == ["id", "text", "label", "lang", "channel", "received"]
    assert list(held_out[0]) == list(pool[0])


def test_every_id_and_every_text_is_there_once(pool: Rows, held_out: Rows) -> None:
    rows = pool + held_out
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({" ".join(row["text"].casefold().split()) for row in rows}) == len(rows)


def test_near_duplicates_are_the_planted_twenty_and_never_in_the_test_file(
    pool: Rows, held_out: Rows
) -> None:
    pairs = close_pairs([row["text"] for row in pool + held_out], 0.85)
    assert 15 <= len(pairs) <= 25
    assert all(second < len(pool) for _, second in pairs)
    assert all(pool[first]["label"] == pool[second]["label"] for first, second in pairs)


@pytest.mark.parametrize("name", ["support_messages.csv", "support_messages_test.csv"])
def test_intents_are_unbalanced_as_described(name: str) -> None:
    rows = read(name)
    share = {label: n / len(rows) for label, n in Counter(r["label"] for r in rows).items()}
    assert set(share) == set(LABELS)
    assert max(share, key=lambda label: share[label]) == "delivery_status"
    assert min(share, key=lambda label: share[label]) == "promo_code"
    assert share["delivery_status"] == pytest.approx(0.22, abs=0.02)
    assert share["promo_code"] == pytest.approx(0.025, abs=0.007)


@pytest.mark.parametrize("name", ["support_messages.csv", "support_messages_test.csv"])
def test_three_in_ten_messages_are_chinese_in_every_intent(name: str) -> None:
    rows = read(name)
    chinese = [row for row in rows if row["lang"] == "zh"]
    assert len(chinese) / len(rows) == pytest.approx(0.3, abs=0.02)
    assert {row["label"] for row in chinese} == set(LABELS)
    assert all(CHINESE.search(row["text"]) for row in chinese)
    assert not [row for row in rows if row["lang"] == "en" and CHINESE.search(row["text"])]
    assert {row["lang"] for row in rows} == {"en", "zh"}


def test_openings_vary_within_each_intent(pool: Rows, held_out: Rows) -> None:
    for label in LABELS:
        starts = Counter((r["lang"], opening(r)) for r in pool + held_out if r["label"] == label)
        alone = sum(n == 1 for n in starts.values())
        assert alone / sum(starts.values()) >= 0.6, label


def test_channel_time_and_text_are_clean(pool: Rows, held_out: Rows) -> None:
    for rows in (pool, held_out):
        times = [datetime.strptime(row["received"], "%Y-%m-%dT%H:%M:%SZ") for row in rows]
        assert times == sorted(times)
        assert {row["channel"] for row in rows} == {"email", "chat", "app", "web_form"}
        for row in rows:
            assert row["text"] == row["text"].strip()
            assert not re.search(r"[{}\n\t\ufffd]|  ", row["text"]), row
            assert len(row["text"].split()) <= 60


def test_guidelines_describe_every_intent_in_both_languages() -> None:
    blocks = [block.splitlines() for block in GUIDELINES.strip().split("\n\n")]
    assert [block[0] for block in blocks[1:]] == list(LABELS)
    for block in blocks[1:]:
        assert block[1].startswith("EN: ")
        assert block[2].startswith("中文:")
        assert CHINESE.search(block[2])


def test_an_unknown_file_names_those_that_exist() -> None:
    with pytest.raises(NotFound, match=r"'nope\.csv'.*support_messages\.csv"):
        path("nope.csv")

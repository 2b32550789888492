"""Near duplicates against exact comparison; the hash table and the hashes against plain ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from asknext.core.seeds import generator
from asknext.data.buckets import Buckets
from asknext.data.duplicates import SIMILAR, NearIndex
from asknext.data.minhash import (
    HASHES,
    _shingle_hashes,
    jaccard,
    normalised,
    shingle_size,
    shingles,
    signatures,
)

WALK = "今天天气很好，我们一起去公园散步看花吧，然后再去吃晚饭，"


def typo(text: str, rng: np.random.Generator) -> str:
    """Change, drop, double or swap one character."""
    at = int(rng.integers(len(text)))
    kind = int(rng.integers(4))
    middle = ["x", "", text[at] * 2, text[at : at + 2][::-1]][kind]
    return text[:at] + middle + text[at + (2 if kind == 3 else 1) :]


def planted(texts: list[str], rng: np.random.Generator) -> list[str]:
    """Add to every third text a version with one to four typos, and shuffle."""
    made = list(texts)
    for text in texts[::3]:
        for _ in range(int(rng.integers(1, 5))):
            text = typo(text, rng)
        made.append(text)
    return [made[i] for i in rng.permutation(len(made))]


def exact_pairs(texts: list[str], least: float) -> dict[tuple[int, int], float]:
    """Compare every text with every other: shared shingles are counted by a matrix product."""
    clean = [normalised(text) for text in texts]
    sets = [{(shingle_size(text), s) for s in shingles(text, shingle_size(text))} for text in clean]
    words: dict[tuple[int, str], int] = {}
    columns = [words.setdefault(word, len(words)) for one in sets for word in sorted(one)]
    sizes = np.array([len(one) for one in sets])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    table = csr_matrix((np.ones(len(columns), dtype=np.int32), columns, starts))
    shared = (table @ table.T).toarray()
    similarity = np.triu(shared / (sizes[:, None] + sizes - shared), k=1)
    return {(int(i), int(j)): similarity[i, j] for i, j in np.argwhere(similarity >= least)}


def test_the_exact_reference_is_jaccard() -> None:
    texts = ["hello world", "hello word", "Hello  World", "bye"]
    found = exact_pairs(texts, 0.0)
    sets = [shingles(normalised(text), 3) for text in texts]
    wanted = {(i, j): jaccard(sets[i], sets[j]) for i, j in combinations(range(4), 2)}
    assert {pair: found.get(pair, 0.0) for pair in wanted} == pytest.approx(wanted)


@pytest.mark.parametrize(
    "name",
    [
        "sms_spam",
        "thucnews_titles",
        pytest.param("chnsenticorp_hotel", marks=pytest.mark.slow),
        pytest.param("ag_news_small", marks=pytest.mark.slow),
        "trec6",
    ],
)
def test_groups_agree_with_exact_comparison(
    shared_rows: Callable[..., list[dict[str, Any]]], name: str
) -> None:
    rng = generator(0, "near duplicates", name)
    given_texts = [row["text"] for row in shared_rows(name)[:3000]]
    if name == "thucnews_titles":  # a typo in a single title of 19 characters costs too much
        given_texts = list(map("，".join, zip(given_texts[::2], given_texts[1::2], strict=True)))
    texts = planted(given_texts[:1500], rng)
    index = NearIndex()
    matches = np.concatenate([index.add(texts[i : i + 700]) for i in range(0, len(texts), 700)])
    group = list(range(len(texts)))
    for row, match in enumerate(matches.tolist()):
        if match >= 0:
            assert match < row
            group[row] = group[match]
    pairs = exact_pairs(texts, 0.75)
    direct = {(match, row) for row, match in enumerate(matches.tolist()) if match >= 0}
    assert all(pairs.get(pair, 0.0) >= SIMILAR for pair in direct)
    alike = [pair for pair, similarity in pairs.items() if similarity >= 0.9]
    found = sum(group[i] == group[j] for i, j in alike)
    assert len(alike) > 30
    assert found >= 0.95 * len(alike)


def test_in_one_block_or_in_many_the_groups_are_the_same() -> None:
    rng = generator(0, "blocks")
    texts = planted(
        [f"text number {i} about {'abcdefgh'[i % 8] * 9} again" for i in range(300)], rng
    )
    one, many = NearIndex(), NearIndex()
    whole = one.add(texts)
    parts = [many.add(texts[i : i + 17]) for i in range(0, len(texts), 17)]
    assert whole.tolist() == np.concatenate(parts).tolist()
    assert (whole >= 0).sum() > 20


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＯＫ， thanks", "ok, thanks"),
        ("Straße  in\nBerlin", "STRASSE IN BERLIN"),
        (WALK + "最后回家看电影", WALK + "最后回家看电视"),
        ("hi", "HI"),
        ("word " * 30_000, "word " * 30_001),
    ],
)  # fmt: skip
def test_alike(one: str, other: str) -> None:
    index = NearIndex()
    assert index.add([one, "something else", other]).tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("yes", "no"), ("refund 1234 please", "refund 9876 please"), ("文本", "文字")],
)
def test_not_alike(one: str, other: str) -> None:
    index = NearIndex()
    assert index.add([one]).tolist() == [-1]
    assert index.add([other]).tolist() == [-1]
    assert index.add([]).tolist() == []
    assert len(index) == 2


def test_many_alike_are_one_group() -> None:
    texts = [
        f"your parcel with the number {i:06d} has left our warehouse today" for i in range(3000)
    ]
    matches = NearIndex().add(texts).tolist()
    assert matches[0] == -1
    assert sum(match >= 0 for match in matches) >= 0.95 * 2999


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=8), st.sampled_from([3, 5]))
def test_equal_shingles_and_only_they_share_a_hash(texts: list[str], size: int) -> None:
    padded = [text.ljust(size, "\0") for text in texts]
    hashes, starts = _shingle_hashes(padded, size)
    ends = [*starts[1:].tolist(), len(hashes)]
    seen: dict[str, int] = {}
    for text, start, end in zip(padded, starts.tolist(), ends, strict=True):
        windows = [text[i : i + size] for i in range(len(text) - size + 1)]
        assert len(windows) == end - start
        for window, value in zip(windows, hashes[start:end].tolist(), strict=True):
            assert seen.setdefault(window, value) == value
    assert len(set(seen.values())) == len(seen)


def test_a_signature_estimates_the_similarity() -> None:
    base = "the quick brown fox jumps over the lazy dog while the cat sleeps near the warm stove"
    texts = [base, base.replace("lazy", "crazy"), base.replace("the", "a"), base[:40] + base[50:]]
    minima = signatures(texts)
    assert minima.shape == (HASHES, 4)
    sets = [shingles(text, 3) for text in texts]
    for i, j in combinations(range(4), 2):
        estimate = (minima[:, i] == minima[:, j]).mean()
        assert abs(estimate - jaccard(sets[i], sets[j])) < 0.2  # three standard errors of 63


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 9), max_size=80), max_size=8))
def test_buckets_do_what_a_dictionary_does(blocks: list[list[int]]) -> None:
    table, plain, row = Buckets(bits=2), dict[int, int](), 0
    for block in blocks:
        rows = np.arange(row, row + len(block), dtype=np.int32)
        wanted = [plain.setdefault(key, r) for key, r in zip(block, rows.tolist(), strict=True)]
        assert table.claim(np.array(block, dtype=np.uint32), rows).tolist() == wanted
        row += len(block)
    assert len(table) == len(plain)

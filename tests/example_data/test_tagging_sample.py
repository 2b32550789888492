"""Tokens, tags, offsets and spans of the tagging sample tell the same story."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asknext.example_data import path

ENTITIES = {"ORDER_ID", "PRODUCT", "DATE", "AMOUNT", "PERSON"}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    lines = path("tagging_sample.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def spans_of(row: Row) -> list[dict[str, Any]]:
    """Read the BIO tags back as character spans."""
    spans: list[dict[str, Any]] = []
    before = "O"
    for tag, (start, end) in zip(row["tags"], row["offsets"], strict=True):
        if tag.startswith("B-"):
            spans.append({"start": start, "end": end, "label": tag[2:]})
        elif tag.startswith("I-"):
            assert before[2:] == tag[2:], row
            spans[-1]["end"] = end
        before = tag
    return spans


def test_there_are_enough_distinct_sentences_in_both_languages(rows: list[Row]) -> None:
    assert len(rows) >= 200
    assert len({row["text"] for row in rows}) == len(rows)
    assert len({row["id"] for row in rows}) == len(rows)
    assert sum(row["lang"] == "zh" for row in rows) >= 60
    assert sum(row["lang"] == "en" for row in rows) >= 120


def test_offsets_cut_the_tokens_out_of_the_text(rows: list[Row]) -> None:
    for row in rows:
        assert [row["text"][a:b] for a, b in row["offsets"]] == row["tokens"]
        ends = [0, *(b for _, b in row["offsets"])]
        assert all(end <= a for end, (a, _) in zip(ends, row["offsets"], strict=False))


def test_tokens_leave_out_nothing_but_space(rows: list[Row]) -> None:
    for row in rows:
        assert "".join(row["tokens"]) == "".join(row["text"].split())


def test_tags_and_spans_agree(rows: list[Row]) -> None:
    for row in rows:
        assert spans_of(row) == row["spans"]


def test_every_entity_occurs_in_both_languages(rows: list[Row]) -> None:
    for lang in ("en", "zh"):
        found = {s["label"] for row in rows if row["lang"] == lang for s in row["spans"]}
        assert found == ENTITIES
    assert any(not row["spans"] for row in rows)

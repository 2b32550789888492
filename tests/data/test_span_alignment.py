"""Spans survive the way to tags of tokens and back, in any script: span in = span out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.spans import decode, encode, tags_of
from asknext.core.tasks import Tagging
from asknext.data.conll import words
from asknext.data.examples import read_examples
from asknext.data.tokens import join, locate, spans_of

LABELS = ("PER", "creative-work", "地点")
TAGS = tags_of(LABELS)
WORDS = (
    "Bo", "O'Neill", "naïve", "e\u0301te\u0301", "3.14", "#12", "!", "—",  # Latin, combining, marks
    "北京", "的", "ひらがな", "。", "한국어", "𠮷野",  # East Asian, beyond the first plane
    "👍", "👩‍👩‍👧", "🇩🇪", "👍🏽", "❤️",  # joined, flags, skin, variation selector
    "مرحبا", "שלום", "नमस्ते", "ไทย",  # right to left, and marks that join
)  # fmt: skip
GAPS = (" ", "  ", "\t", "\u00a0", "\u3000", "\n", "\r\n", "\u2009", "\u2028")
EDGES = st.text(alphabet="".join(GAPS), max_size=2)


@st.composite
def marked_words(draw: Any, gap: Any = st.sampled_from(GAPS)) -> tuple[str, Any, list[Any]]:
    """Draw a text, the places of its tokens, and spans that begin and end with tokens."""
    tokens = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
    text, places = draw(EDGES), []
    for token in tokens:
        places.append((len(text), len(text) + len(token)))
        text += token + draw(st.one_of(gap, st.just("")))
    return text, np.array(places, np.int64), draw(spans_over(places))


@st.composite
def spans_over(draw: Any, places: list[tuple[int, int]]) -> list[dict[str, Any]]:
    cuts = sorted(draw(st.sets(st.integers(0, len(places)), max_size=8)))
    found = []
    for first, last in pairwise(cuts):
        label = draw(st.sampled_from([None, *LABELS]))
        if label is not None:
            found.append({"start": places[first][0], "end": places[last - 1][1], "label": label})
    return found


def as_json(spans: Any) -> list[dict[str, Any]]:
    return [{"start": s.start, "end": s.end, "label": s.label} for s in spans]


@given(marked_words())
def test_spans_survive_tags_of_given_tokens(drawn: tuple[str, Any, list[Any]]) -> None:
    _, places, spans = drawn
    numbers = encode(spans, places, TAGS)
    assert as_json(decode([TAGS[number] for number in numbers], places)) == spans


@given(marked_words())
def test_spans_survive_tags_of_words(drawn: tuple[str, Any, list[Any]]) -> None:
    """Tokens that nobody gave: words of the text, whatever its script."""
    text, _, spans = drawn
    places = words(text, spans)
    covered = "".join(text[start:end] for start, end in places)
    assert covered == "".join(text.split())  # every character but blanks, in order
    numbers = encode(spans, places, TAGS)
    assert as_json(decode([TAGS[number] for number in numbers], places)) == spans


@given(st.text(max_size=40), st.data())
def test_words_cover_any_text(text: str, data: Any) -> None:
    ends = data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))))
    places = words(text, [{"start": min(ends), "end": max(ends), "label": "PER"}])
    assert "".join(text[start:end] for start, end in places) == "".join(text.split())
    flat = places.ravel()
    assert (np.diff(flat) >= 0).all()
    assert not any(start < cut < end for start, end in places for cut in ends)


def schemes(size: int, label: str) -> Iterator[list[str]]:
    inner = [f"I-{label}"] * (size - 2)
    yield [f"B-{label}", *inner, *[f"I-{label}"] * (size > 1)]
    yield [f"S-{label}"] if size == 1 else [f"B-{label}", *inner, f"E-{label}"]
    yield [f"U-{label}"] if size == 1 else [f"B-{label}", *inner, f"L-{label}"]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["bio", "bioes", "bilou"])
@given(drawn=marked_words())
def test_every_scheme_says_the_same(scheme: int, drawn: tuple[str, Any, list[Any]]) -> None:
    _, places, spans = drawn
    tags = ["O"] * len(places)
    for span in spans:
        inside = [i for i, (s, e) in enumerate(places) if span["start"] <= s and e <= span["end"]]
        tags[inside[0] : inside[-1] + 1] = list(schemes(len(inside), span["label"]))[scheme]
    assert spans_of(tags, places) == spans


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
def test_joined_tokens_are_where_they_are_said_to_be(tokens: list[str]) -> None:
    text, places = join(tokens)
    assert [text[start:end] for start, end in places] == tokens
    assert text.replace(" ", "") == "".join(tokens)
    assert text == text.strip()


@given(marked_words(gap=st.sampled_from(GAPS)))
def test_tokens_are_found_again(drawn: tuple[str, Any, list[Any]]) -> None:
    text, places, _ = drawn
    found = locate([text[start:end] for start, end in places], text)
    assert [text[start:end] for start, end in found] == [text[s:e] for s, e in places]
    assert (np.diff(found.ravel()) >= 0).all()


@settings(max_examples=30)
@given(st.lists(marked_words(), min_size=1, max_size=4))
def test_spans_come_through_a_file(tmp_path_factory: Any, drawn: list[Any]) -> None:
    path: Path = tmp_path_factory.mktemp("spans") / "a.jsonl"
    rows = [
        {"id": str(i), "text": text, "spans": spans} for i, (text, _, spans) in enumerate(drawn)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    pairs = read_examples(
        path, {"id": "id", "text": "text", "label": "spans"}, task=Tagging(LABELS)
    )
    assert [(e.fields["text"], label) for e, label in pairs] == [
        (row["text"], row["spans"]) for row in rows
    ]

"""Spans of characters and tags of tokens, and the way from one to the other and back.

Tags follow BIO: ``B-X`` begins a span of X, ``I-X`` goes on with it, ``O`` is outside of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray, IntArray

OUTSIDE = "O"
FORBIDDEN = -1e4  # the score of a step from one tag to another that cannot be
MASKED = -100  # the class number of a token that nobody judged; losses leave it out


class Span(NamedTuple):
    """Be the characters from `start` to before `end`, with a label."""

    start: int
    end: int
    label: str


def tags_of(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the BIO tags of these labels.

    >>> tags_of(["PER"])
    ('O', 'B-PER', 'I-PER')
    """
    return (OUTSIDE, *(f"{way}-{label}" for label in labels for way in "BI"))


def steps_of(tags: Sequence[str]) -> FloatArray:
    """Return the score (tags, tags) of each step from a tag to the next: 0, or `FORBIDDEN`.

    ``I-X`` follows only ``B-X`` and ``I-X``.

    >>> (steps_of(["O", "B-PER", "I-PER"]) == 0).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1], [1, 1, 1]]
    """
    steps = np.zeros((len(tags), len(tags)))
    for before, left in enumerate(tags):
        for after, right in enumerate(tags):
            if right.startswith("I-") and left[1:] != right[1:]:
                steps[before, after] = FORBIDDEN
    return steps


def decode(tags: Sequence[str], places: IntArray) -> list[Span]:
    """Return the spans that the tags of tokens at `places` (tokens, 2) mark.

    ``I-X`` without a span of X before it begins one, as every tagger but a constrained one needs.

    >>> decode(["B-PER", "I-PER", "O", "I-LOC"], np.array([[0, 2], [2, 5], [6, 8], [9, 12]]))
    [Span(start=0, end=5, label='PER'), Span(start=9, end=12, label='LOC')]
    """
    spans: list[Span] = []
    before = OUTSIDE
    for tag, (start, end) in zip(tags, places, strict=True):
        way, _, label = tag.partition("-")
        goes_on = way == "I" and before != OUTSIDE and before.partition("-")[2] == label
        if goes_on and spans:
            spans[-1] = spans[-1]._replace(end=int(end))
        elif tag != OUTSIDE:
            spans.append(Span(int(start), int(end), label))
        before = tag
    return spans


def encode(spans: Sequence[Mapping[str, Any]], places: IntArray, tags: Sequence[str]) -> IntArray:
    """Return the tag number (tokens,) of each token at `places` (tokens, 2).

    A token belongs to the span that holds any of its characters; the first token of a span gets
    ``B``, the others ``I``. Tokens in a span without a label get `MASKED`.

    >>> marked = [{"start": 0, "end": 5, "label": "PER"}, {"start": 6, "end": 8, "label": None}]
    >>> places = np.array([[0, 2], [2, 5], [6, 8], [9, 12]])
    >>> encode(marked, places, tags_of(["PER"])).tolist()
    [1, 2, -100, 0]
    """
    number = {tag: i for i, tag in enumerate(tags)}
    found = np.zeros(len(places), np.int64)
    for span in spans:
        inside = (places[:, 0] < span["end"]) & (places[:, 1] > span["start"])
        label = span["label"]
        found[inside] = MASKED if label is None else number[f"I-{label}"]
        if label is not None and inside.any():
            found[int(np.argmax(inside))] = number[f"B-{label}"]
    return found

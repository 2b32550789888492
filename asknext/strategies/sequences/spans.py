"""Spans: propose the uncertain stretches of a text, and carry an answer to equal ones.

Pure functions on lists: an app can ask for a span alone, and the tagger learns from every place
where the same words stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput


class Span(NamedTuple):
    """Be the tokens from `start` up to, not including, `end`, with the excess of uncertainty."""

    start: int
    end: int
    score: float


class SpanAnswer(NamedTuple):
    """Say that the tokens from `start` up to `end` of text number `text` are a `label`."""

    text: int
    start: int
    end: int
    label: str


def uncertain_spans(uncertainty: FloatArray, *, level: float = 0.5) -> list[Span]:
    """Return the maximal uncertain spans of a text, highest score first, earlier ones on ties.

    `uncertainty` (tokens,) is that of each token; a span scores the sum of uncertainty − `level`,
    so it runs on over a certain token where more uncertain ones follow. Spans do not touch each
    other; where no token lies above the level there are none.

    Raises:
        InvalidInput: NaN or infinite numbers, or more than one axis.

    Source: Ruzzo and Tompa 1999 (all maximal scoring subsequences, in one pass).

    >>> [span[:2] for span in uncertain_spans(np.array([0.1, 0.9, 0.4, 0.8, 0.0, 0.6]))]
    [(1, 4), (5, 6)]
    """
    values = np.asarray(uncertainty, np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InvalidInput("uncertainty is one finite number for each token")
    total = 0.0
    found: list[tuple[int, int, float, float]] = []  # start, end, sum before, sum after
    for i, value in enumerate((values - level).tolist()):
        before, total = total, total + value
        if value <= 0:
            continue
        start, end, left, right = i, i + 1, before, total
        while (j := _last_below(found, left)) >= 0 and found[j][3] < right:
            start, left = found[j][0], found[j][2]
            del found[j:]
        found.append((start, end, left, right))
    spans = [Span(start, end, right - left) for start, end, left, right in found]
    return sorted(spans, key=lambda span: (-span.score, span.start))


def _last_below(found: list[tuple[int, int, float, float]], left: float) -> int:
    """Return the last candidate whose sum before it is below `left`, -1 where there is none."""
    return next((j for j in range(len(found) - 1, -1, -1) if found[j][2] < left), -1)


def propagate(answers: Sequence[SpanAnswer], texts: Sequence[Sequence[str]]) -> list[SpanAnswer]:
    """Return the answers that hold wherever the same tokens stand, the given ones left out.

    `texts` are the tokens of each text. Tokens that were answered in two ways are ambiguous and
    not carried anywhere. Longer spans go first; a span that would overlap with an answer, or with
    one carried before, is left alone. In the order of the texts, then of the places.

    Raises:
        InvalidInput: an answer outside its text.

    Source: after Radmard et al. 2021, section 3 (sub-sequence labels used for equal ones).

    >>> texts = [["in", "New", "York"], ["New", "York", "rents"]]
    >>> propagate([SpanAnswer(0, 1, 3, "LOC")], texts)
    [SpanAnswer(text=1, start=0, end=2, label='LOC')]
    """
    meanings = _meanings(answers, texts)
    sizes = sorted({len(words) for words in meanings}, reverse=True)
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for answer in answers:
        taken[answer.text].append((answer.start, answer.end))
    found = [
        answer
        for number, tokens in enumerate(texts)
        for answer in _matches(number, tuple(tokens), sizes, meanings, taken[number])
    ]
    return sorted(found)


def _meanings(
    answers: Sequence[SpanAnswer], texts: Sequence[Sequence[str]]
) -> dict[tuple[str, ...], str]:
    """Return the label of each answered run of tokens that has only one."""
    labels: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for answer in answers:
        known = 0 <= answer.text < len(texts)
        if not known or not 0 <= answer.start < answer.end <= len(texts[answer.text]):
            raise InvalidInput(
                f"{answer} lies outside the {len(texts)} texts; start and end count tokens, the "
                "end is not included"
            )
        labels[tuple(texts[answer.text][answer.start : answer.end])].add(answer.label)
    return {words: min(known) for words, known in labels.items() if len(known) == 1}


def _matches(
    number: int,
    tokens: tuple[str, ...],
    sizes: Sequence[int],
    meanings: dict[tuple[str, ...], str],
    taken: list[tuple[int, int]],
) -> list[SpanAnswer]:
    """Return the free places of one text where answered tokens stand, longer ones first."""
    found = []
    for size in sizes:
        for start in range(len(tokens) - size + 1):
            label = meanings.get(tokens[start : start + size])
            end = start + size
            if label is None or any(a < end and start < b for a, b in taken):
                continue
            taken.append((start, end))
            found.append(SpanAnswer(number, start, end, label))
    return found

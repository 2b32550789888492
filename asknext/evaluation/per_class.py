"""Per class: precision, recall and F1 of each label with intervals, and their mean over labels.

From answers to questions drawn at random alone: of chosen ones no interval means anything.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.intervals import wilson

DRAWS = 1000
FEWEST = 5  # answers for each label on average, below which the interval of macro F1 fails


class Span(NamedTuple):
    """Be a figure with the interval it lies in."""

    estimate: float
    low: float
    high: float


class Counts(NamedTuple):
    """Count each label (c,): rightly said, said in vain, missed."""

    right: IntArray
    vain: IntArray
    missed: IntArray


def class_figures(
    predicted: Sequence[Collection[str]],
    actual: Sequence[Collection[str]],
    labels: Sequence[str],
    *,
    rng: np.random.Generator,
    level: float = 0.95,
) -> dict[str, Any]:
    """Return precision, recall and F1 of each label, and macro F1, each with its interval.

    Args:
        predicted: the labels of each of n examples; one each where classes exclude each other.
        actual: the labels that people gave.
        labels: all labels, in the order to be shown.
        rng: draws the bootstrap of macro F1.

    Precision and recall are shares: Wilson's interval over what was said, and over what is there.
    F1 is 2 J / (1 + J), with J the share of right ones among all that were said or are there; it
    rises with J, so its limits are those of J. A figure that nothing stands behind is None.
    Macro F1 is the mean over labels that somebody gave; its limits are the wider ones of the
    bootstrap and of the labels' own limits taken together. With fewer than five answers for each
    label on average it is None: simulated intervals then covered the truth too seldom (78 % with
    30 answers and 10 labels).

    Source: Wilson 1927; Zou and Donner 2008 (limits of a sum from limits of its parts); Rubin
    1981 (Bayesian bootstrap: no class is ever left out of a draw).

    Raises:
        InvalidInput: a different number of predictions and answers.

    >>> found = class_figures([["a"], ["b"]], [["a"], ["a"]], ["a", "b"],
    ...                       rng=np.random.default_rng(0))
    >>> found["per_class"][0]["recall"]["estimate"], found["per_class"][1]["recall"]
    (0.5, None)
    """
    if len(predicted) != len(actual):
        raise InvalidInput(
            f"predictions and labels differ in number: {len(predicted)} and {len(actual)}"
        )
    said, there = _table(predicted, labels), _table(actual, labels)
    counts = counted(said, there)
    points = _points(said, there)
    rows = [_row(name, i, counts, points, level) for i, name in enumerate(labels)]
    return {
        "n": len(actual),
        "level": level,
        "macro_f1": _json(_macro(said, there, counts, rng, level)),
        "per_class": rows,
    }


def _table(values: Sequence[Collection[str]], labels: Sequence[str]) -> IntArray:
    place = {name: i for i, name in enumerate(labels)}
    table = np.zeros((len(values), len(labels)), np.int64)
    for row, names in enumerate(values):
        for name in names:
            if name in place:
                table[row, place[name]] = 1
    return table


def counted(said: IntArray, there: IntArray) -> Counts:
    """Count (c,) from two tables (n, c) of 0 and 1."""
    both = said & there
    right = both.sum(axis=0)
    return Counts(right, said.sum(axis=0) - right, there.sum(axis=0) - right)


def _points(said: IntArray, there: IntArray) -> FloatArray:
    """Return precision, recall and F1 (3, c)."""
    from sklearn.metrics import precision_recall_fscore_support

    if not len(said):
        return np.zeros((3, said.shape[1]))
    with warnings.catch_warnings():  # of labels that nobody gave; they are shown as None
        warnings.simplefilter("ignore")
        found = precision_recall_fscore_support(there, said, average=None, zero_division=0)
    return np.array(found[:3], np.float64)


def _row(name: str, i: int, counts: Counts, points: FloatArray, level: float) -> dict[str, Any]:
    right, vain, missed = (int(part[i]) for part in counts)
    figures = (
        ("precision", right + vain, wilson(right, right + vain, level)),
        ("recall", right + missed, wilson(right, right + missed, level)),
        ("f1", right + vain + missed, f1_limits(right, right + vain + missed, level)),
    )
    shown = {
        figure: _json(Span(float(points[j, i]), *limits)) if behind else None
        for j, (figure, behind, limits) in enumerate(figures)
    }
    return {"label": name, "support": right + missed, "said": right + vain, **shown}


def f1_limits(right: int, involved: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of F1 from how many were right of those said or there.

    >>> [round(x, 3) for x in f1_limits(8, 10)]
    [0.658, 0.971]
    """
    low, high = wilson(right, involved, level)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def _json(span: Span | None) -> dict[str, float] | None:
    return None if span is None else span._asdict()


def _macro(
    said: IntArray, there: IntArray, counts: Counts, rng: np.random.Generator, level: float
) -> Span | None:
    given = counts.right + counts.missed > 0
    if not given.any() or len(said) < FEWEST * said.shape[1]:
        return None
    parts = _f1(*(part[given] for part in counts))
    mean = float(parts.mean())
    low, high = _together(counts, given, parts, level)
    drawn = _drawn(said[:, given], there[:, given], rng)
    least, most = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return Span(mean, min(low, float(least)), max(high, float(most)))


def _f1(right: Any, vain: Any, missed: Any) -> FloatArray:
    return np.asarray(2 * right / np.maximum(2 * right + vain + missed, 1e-12))


def _together(counts: Counts, given: Any, parts: FloatArray, level: float) -> tuple[float, float]:
    """Return the limits of the mean of figures from the limits of each."""
    involved = (counts.right + counts.vain + counts.missed)[given]
    pairs = zip(counts.right[given].tolist(), involved.tolist(), strict=True)
    limits = np.array([f1_limits(right, all_, level) for right, all_ in pairs])
    down = float(np.sqrt(((parts - limits[:, 0]) ** 2).sum())) / len(parts)
    up = float(np.sqrt(((limits[:, 1] - parts) ** 2).sum())) / len(parts)
    return max(float(parts.mean()) - down, 0.0), min(float(parts.mean()) + up, 1.0)


def _drawn(said: IntArray, there: IntArray, rng: np.random.Generator) -> FloatArray:
    """Draw macro F1 (draws,) with a random weight for each example."""
    weights = rng.standard_exponential((DRAWS, len(said)))
    both = weights @ (said & there)
    return np.asarray(_f1(both, weights @ said - both, weights @ there - both).mean(axis=1))

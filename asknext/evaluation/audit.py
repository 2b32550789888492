"""Audit: how many more random answers a narrower interval takes, and how to draw fewer of them.

Drawn evenly from groups of predicted class and confidence, the same number of answers says more:
where the model is sure, few are needed to see that it is right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.estimates import Estimate, share_estimate
from asknext.evaluation.intervals import wilson

MOST = 100_000
SURE = (0.5, 0.8, 0.95)  # where groups of confidence end
FEWEST = 2  # answers in a group, without which its spread is unknown


def answers_needed(share: float, half: float, level: float = 0.95) -> int:
    """Return how many random answers give an interval of ± `half` around about this share.

    Half the width of Wilson's interval; 100,000 at most.

    Raises:
        InvalidInput: half outside (0, 0.5).

    >>> answers_needed(0.85, 0.05), answers_needed(0.85, 0.03), answers_needed(1.0, 0.03)
    (196, 545, 61)
    """
    if not 0.0 < half < 0.5:
        raise InvalidInput(f"an interval of ± x needs x between 0 and 0.5; given: {half}")
    low, high = 1, MOST
    while low < high:
        middle = (low + high) // 2
        if _half(share, middle, level) <= half:
            high = middle
        else:
            low = middle + 1
    return low


def _half(share: float, n: int, level: float) -> float:
    low, high = wilson(share * n, n, level)
    return (high - low) / 2


def more_for(
    share: float, n: int, targets: Sequence[float], level: float = 0.95
) -> list[dict[str, float]]:
    """Say how many answers beyond `n` each ± takes, if the share stays about where it is.

    >>> more_for(0.85, 100, [0.05, 0.1])
    [{'half': 0.05, 'more': 96}, {'half': 0.1, 'more': 0}]
    """
    needed = [(half, answers_needed(share, half, level)) for half in targets]
    return [{"half": half, "more": max(number - n, 0)} for half, number in needed]


class Groups(NamedTuple):
    """Divide N examples: the group (N,) of each, and the name of each group."""

    of: IntArray
    names: tuple[str, ...]


def groups(predicted: Sequence[Any], confidence: FloatArray, least: int = 20) -> Groups:
    """Group examples by predicted class and by how sure the prediction is.

    A group of fewer than `least` joins the one of the next lower confidence that has the same
    class, or all others that are too small.

    >>> found = groups(["a"] * 50 + ["b"] * 5, np.repeat([0.9, 0.6], [50, 5]), least=10)
    >>> found.names, np.bincount(found.of).tolist()
    (('a, 0-100 % sure', 'others'), [50, 5])
    """
    sure = np.digitize(np.asarray(confidence, np.float64), SURE)
    classes = np.array([str(value) for value in predicted], dtype=object)
    named = np.array(["others"] * len(classes), dtype=object)
    for name in sorted(set(classes.tolist())):
        for lowest, highest in _bins(sure[classes == name], least):
            inside = (classes == name) & (sure >= lowest) & (sure <= highest)
            named[inside] = f"{name}, {_said(lowest, highest)}"
    names = tuple(sorted(set(named.tolist())))
    place = {name: i for i, name in enumerate(names)}
    return Groups(np.array([place[name] for name in named], np.int64), names)


def _bins(sure: IntArray, least: int) -> list[tuple[int, int]]:
    """Return runs of bins with enough examples each, from the surest down; none where too few."""
    runs, highest, held = [], len(SURE), 0
    for at in range(len(SURE), -1, -1):
        held += int((sure == at).sum())
        if held >= least:
            runs.append((at, highest))
            highest, held = at - 1, 0
    if runs:  # what is left below goes with the least sure run
        runs[-1] = (0, runs[-1][1])
    return runs


def _said(lowest: int, highest: int) -> str:
    ends = (0.0, *SURE, 1.0)
    return f"{ends[lowest] * 100:.0f}-{ends[highest + 1] * 100:.0f} % sure"


def allot(found: Groups, confidence: FloatArray, k: int) -> IntArray:
    """Return how many of k answers each group gets (g,): more where groups are large and unsure.

    Every group gets two, or all it has; the rest goes by size × the spread expected from the
    confidence. Source: Neyman 1934 (optimal allocation).

    Raises:
        InvalidInput: k too small for two in each group.
    """
    sizes = np.bincount(found.of, minlength=len(found.names))
    base = np.minimum(sizes, FEWEST)
    if k < base.sum():
        raise InvalidInput(
            f"an audit over {len(sizes)} groups takes at least {base.sum()} answers; given: {k}"
        )
    sure = np.bincount(found.of, weights=confidence, minlength=len(sizes)) / np.maximum(sizes, 1)
    # A model may be surer than it is right: no group is taken for free of errors.
    wish = sizes.astype(np.float64) * np.sqrt(np.maximum(sure * (1 - sure), 0.04))
    return _filled(base, sizes, wish, min(k, int(sizes.sum())))


def _filled(base: IntArray, sizes: IntArray, wish: FloatArray, k: int) -> IntArray:
    """Give one answer after the other to the group that is furthest behind its wish."""
    given = base.astype(np.int64)
    while given.sum() < k:
        behind = np.where(given < sizes, wish / (given + 1.0), -1.0)
        given[int(behind.argmax())] += 1
    return given


def draw(found: Groups, given: IntArray, rng: np.random.Generator) -> list[IntArray]:
    """Draw that many examples of each group at random, in the order in which to ask them."""
    return [
        rng.permutation(np.flatnonzero(found.of == group))[: int(number)]
        for group, number in enumerate(given)
    ]


def stratified(
    scores: Sequence[FloatArray], sizes: Sequence[int], level: float = 0.95
) -> Estimate | None:
    """Estimate the mean score over all examples from the scores in [0, 1] answered per group.

    `sizes` are how many examples each group has in all. Groups of which nothing was answered are
    left out, and the figure then speaks of the others; None without answers. The spread within a
    group is taken as if half an answer more had been right and half one wrong, so that two right
    answers do not stand for a group without errors.

    Source: Cochran 1977, chapter 5 (stratified sampling, with finite groups).

    >>> found = stratified([np.ones(10), np.array([1.0, 0.0] * 5)], [900, 100])
    >>> round(found.estimate, 3), found.low < 0.95 < found.high
    (0.95, True)
    """
    kept = [(part, size) for part, size in zip(scores, sizes, strict=True) if len(part)]
    whole = sum(size for _, size in kept)
    if not whole:
        return None
    share = math.fsum(size / whole * float(part.mean()) for part, size in kept)
    variance = math.fsum((size / whole) ** 2 * _spread(part, size) for part, size in kept)
    return share_estimate(share, variance, sum(len(part) for part, _ in kept), level)


def _spread(part: FloatArray, size: int) -> float:
    """Return the variance of a group's mean."""
    n = len(part)
    near = (float(part.sum()) + 0.5) / (n + 1)
    return near * (1 - near) / n * (1.0 - n / size)

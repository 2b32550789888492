"""Saving: what the strategy was worth, against asking at random, in this very project.

What the control arm can tell without bias, and what it cannot:

- *Identified.* The answers of the control arm are a random sample. A model fitted to r of them
  is a model of r random answers, for any r up to their number; judged on control answers that it
  has not seen, its quality is unbiased. So the two ways can be compared at an equal number of
  answers, as far as there are random ones: one in ten of all.
- *Not identified.* What n random answers would have reached, where n is ten times what there is.
  Chosen answers cannot stand in for random ones: the strategy gave most texts no chance.
- *Assumed instead.* Both learning curves follow inverse power laws and meet at the same ceiling,
  since with the whole pool labelled nothing is left to choose. The curve of all answers, measured
  as far as it goes, says much about that ceiling; the random one is prolonged towards it.

The saving is the number of random answers at which the prolonged curve reaches today's quality,
less the answers there are. Its middle errs on the low side, towards no saving at all, while the
ceiling is open. Its interval holds the luck of the examples judged on, the luck of the
random answers learnt from, and how little a short curve says about its law. It is wide as long as
there are few control answers, and that is the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.extrapolation import (
    DRAWS,
    LEVEL,
    Law,
    Points,
    drawn_belief,
    errors_of,
    fit,
    redrawn,
)
from asknext.evaluation.intervals import mean_interval


class Arm(NamedTuple):
    """Be the curve of one way of asking.

    `sizes` (k,) are numbers of answers, increasing; `scores` (k, repeats, items) how right a
    model of so many answers was about each item. All repeats of a size have drawn anew what they
    learn from; the curve of the project itself has one repeat.
    """

    sizes: FloatArray
    scores: FloatArray


def equal_number(asked: Arm, random: Arm, *, level: float = LEVEL) -> dict[str, float] | None:
    """Compare both ways at the largest number of answers that both have; None without one.

    The difference is unbiased: nothing is prolonged. Its interval holds the luck of the items;
    the luck of the answers learnt from is averaged over the repeats. Student's t over the items.
    """
    shared = np.intersect1d(asked.sizes, random.sizes)
    if not len(shared):
        return None
    n = float(shared[-1])
    ours = asked.scores[int(np.flatnonzero(asked.sizes == n)[0])].mean(axis=0)
    theirs = random.scores[int(np.flatnonzero(random.sizes == n)[0])].mean(axis=0)
    gaps = mean_interval(ours - theirs, level)
    shown = (n, ours.mean(), theirs.mean(), *gaps)
    names = ("answers", "asked", "random", "difference", "low", "high")
    return dict(zip(names, map(float, shown), strict=True))


def saved(
    asked: Arm,
    random: Arm,
    *,
    now: int,
    most: int,
    drawn_from: int,
    apart: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> dict[str, Any]:
    """Return how many random answers today's quality stands for, and the saving, at 90 %.

    Args:
        asked: the curve of the project's own answers, three points at least.
        random: the curve of random answers, two points at least.
        now: answers there are.
        most: the size of the pool; no more can be saved than what is left of it.
        drawn_from: random answers that each training of `random` was drawn from.
        apart: trainings that a repeat is the mean of (its folds).

    ``random_answers`` and ``answers`` have ``estimate``, ``low`` and ``high``; a figure that the
    pool bounds is given as that bound, and ``bounded`` says that the upper one is.

    Raises:
        InvalidInput: too few points, or different items in the two curves.
    """
    _check(asked, random)
    needed = np.array(
        [
            min(laws[1].reach(laws[0].at(now)), most)
            for laws in _laws(asked, random, drawn_from, apart, rng, draws)
        ]
    )
    low, middle, high = np.quantile(needed, [0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2])
    span = {"estimate": float(middle), "low": float(low), "high": float(high)}
    return {
        "level": LEVEL,
        "random_answers": span,
        "answers": {name: value - now for name, value in span.items()},
        "bounded": bool(high >= most),
    }


def _check(asked: Arm, random: Arm) -> None:
    if len(asked.sizes) < 3 or len(random.sizes) < 2:
        raise InvalidInput(
            "a saving takes three points of the project's curve and two of random answers; given: "
            f"{len(asked.sizes)} and {len(random.sizes)}"
        )
    if asked.scores.shape[2] != random.scores.shape[2]:
        raise InvalidInput(
            f"both curves are judged on the same items; given: {asked.scores.shape[2]} and "
            f"{random.scores.shape[2]}"
        )


def _laws(
    asked: Arm, random: Arm, drawn_from: int, apart: int, rng: np.random.Generator, draws: int
) -> list[list[Law]]:
    """Fit both laws to each draw of items, of random answers, and of the belief."""
    both = np.concatenate([asked.scores.mean(axis=1), random.scores.mean(axis=1)])
    drawn = redrawn(both, rng, draws)
    luck = _luck(random, drawn_from, apart, rng, draws)
    cut = len(asked.sizes)
    drawn[:, cut:] += luck
    error = errors_of(drawn)
    curves = (slice(None, cut), asked.sizes), (slice(cut, None), random.sizes)
    fits = []
    for one in drawn:
        points = [Points(x, one[at], error[at]) for at, x in curves]
        fits.append(fit(points, drawn_belief(float(one[cut - 1]), rng)))
    return fits


def _luck(
    random: Arm, drawn_from: int, apart: int, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Draw how far the random curve may be off by the luck of the answers learnt from (draws, k).

    Subsets of r out of c answers vary by (1 - r/c) of what fresh samples of r would, and all
    share the luck of the c: r/c of it, as for any mean over subsets.

    Source: Hoeffding 1948 (variance of U-statistics, to first order).
    """
    share = np.minimum(random.sizes / drawn_from, 0.8)
    repeats = random.scores.shape[1]
    if repeats < 2:
        return np.zeros((draws, len(share)))
    between = random.scores.mean(axis=2).var(axis=1, ddof=1)
    fresh = apart * float(np.mean(between / (1.0 - share)))
    common = np.sqrt(share * fresh) * rng.standard_normal((draws, 1))
    own = np.sqrt((1.0 - share) * fresh / (apart * repeats))
    return np.asarray(common + own * rng.standard_normal((draws, len(share))))


def minutes_saved(
    answers: dict[str, float],
    now: int,
    seconds: Sequence[float],
    seconds_random: Sequence[float],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
) -> dict[str, float] | None:
    """Return the minutes saved, with random answers as slow as those of the control arm were.

    A strategy may save answers and ask the slow ones: both are counted. Unbiased as far as the
    answers saved are; the interval takes the limits of answers and of seconds together.

    Args:
        answers: random answers needed (``estimate``, ``low``, ``high``), from `saved`.
        now: answers there are.
        seconds: how long each answer took that is timed.
        seconds_random: those of the control arm; None is returned with fewer than five.
    """
    if len(seconds_random) < 5 or len(seconds) < 5:
        return None
    spent = np.median(_resampled(np.asarray(seconds), rng, draws)) * now
    slow = _resampled(np.asarray(seconds_random), rng, draws)
    middle = float(np.mean(seconds_random))
    low, high = np.quantile(slow, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    needed = answers["estimate"]
    down = math.hypot((needed - answers["low"]) * middle, needed * (middle - low))
    up = math.hypot((answers["high"] - needed) * middle, needed * (high - middle))
    offsets = {"estimate": 0.0, "low": -down, "high": up}
    ends = {name: needed * middle + off for name, off in offsets.items()}
    return {name: (value - float(spent)) / 60.0 for name, value in ends.items()}


def _resampled(values: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    return np.asarray(values[rng.integers(len(values), size=(draws, len(values)))].mean(axis=1))

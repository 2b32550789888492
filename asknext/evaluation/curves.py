"""Learning curves: quality against the number of labels, summed up and averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.intervals import mean_interval

Numbers = Sequence[float] | FloatArray
ROUNDS = 3


class Band(NamedTuple):
    """Be the mean curve of several seeds and its 95 % interval at each number of labels."""

    labels: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]


def _checked(
    labels: Numbers, values: Numbers
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    x, y = np.asarray(labels, np.float64), np.asarray(values, np.float64)
    if x.shape != y.shape or x.ndim != 1 or not len(x) or not (np.diff(x) > 0).all():
        raise InvalidInput(
            "a curve needs one value for each number of labels, labels increasing, one point at "
            f"least; given: {x.shape} and {y.shape}"
        )
    return x, y


def area(labels: Numbers, values: Numbers) -> float:
    """Return the mean height of the curve on a linear label axis (trapezoids).

    One point alone has its own height; a NaN in the curve makes the area NaN.

    >>> area([10, 20, 40], [0.5, 0.7, 0.9])
    0.7333333333333333
    """
    x, y = _checked(labels, values)
    if len(x) == 1:
        return float(y[0])
    return float(np.trapezoid(y, x) / (x[-1] - x[0]))


def labels_to(labels: Numbers, values: Numbers, target: float) -> float | None:
    """Return the labels at which the mean of the last three rounds first reaches `target`.

    A single lucky round does not count. None where it is never reached; a curve of fewer than
    three points is judged by the mean of all of them.

    >>> labels_to([10, 20, 30, 40, 50], [0.5, 0.9, 0.6, 0.8, 0.85], 0.75)
    40.0
    """
    x, y = _checked(labels, values)
    wide = min(ROUNDS, len(y))
    smooth = np.convolve(y, np.full(wide, 1 / wide), mode="valid")
    # The sum of three equal thirds may fall one rounding short of the target.
    reached = np.flatnonzero(smooth >= target - 1e-12)
    return float(x[reached[0] + wide - 1]) if len(reached) else None


def aggregate(curves: Sequence[tuple[Numbers, Numbers]], level: float = 0.95) -> Band:
    """Average the curves of several seeds, given as (labels, values).

    Where their label axes differ, all are read off (linearly) at every number of labels that
    one of them has and all of them cover. One curve alone has no interval: NaN.

    >>> aggregate([([10, 20], [0.5, 0.7]), ([10, 20], [0.7, 0.9])]).mean
    [0.6, 0.8]
    """
    checked = [_checked(x, y) for x, y in curves]
    if not checked:
        raise InvalidInput("there is no curve to average")
    axis = np.unique(np.concatenate([x for x, _ in checked]))
    first, last = max(x[0] for x, _ in checked), min(x[-1] for x, _ in checked)
    axis = axis[(axis >= first) & (axis <= last)]
    if not len(axis):
        raise InvalidInput("these curves share no number of labels; run them with one budget")
    grid = np.array([np.interp(axis, x, y) for x, y in checked])
    bands = np.array([mean_interval(grid[:, i], level) for i in range(len(axis))])
    return Band(axis.tolist(), *(column.tolist() for column in bands.T))

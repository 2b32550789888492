"""Intervals: how far a measured number may be from the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput

Numbers = Sequence[float] | FloatArray


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise InvalidInput(f"level must lie between 0 and 1; given: {level}")


def wilson(successes: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval (low, high) of a share; (0, 1) where nothing was counted.

    `successes` may be fractional, for scores in [0, 1], and so may `n` (an effective number).
    Source: Wilson 1927; preferred to the usual normal interval since it holds its level near 0
    and 1 and for small n (Brown, Cai and DasGupta 2001).

    Raises:
        InvalidInput: successes outside [0, n].

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    from scipy.special import ndtri

    _check_level(level)
    # Sums of float scores may pass n by rounding.
    if not -1e-9 <= successes <= n + 1e-9 * max(n, 1):
        raise InvalidInput(f"successes must lie in [0, {n}]; given: {successes}")
    if n == 0:
        return 0.0, 1.0
    z = float(ndtri(0.5 + level / 2))
    share = min(max(successes / n, 0.0), 1.0)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0.0 else max(0.0, middle - half)
    high = 1.0 if share == 1.0 else min(1.0, middle + half)
    return low, high


def mean_interval(values: Numbers, level: float = 0.95) -> tuple[float, float, float]:
    """Return (mean, low, high) by Student's t.

    Without values all three are NaN, with one value low and high are NaN; a NaN among the values
    makes all three NaN. Values that are all equal give an interval of no width.

    >>> [round(x, 3) for x in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    from scipy.special import stdtrit

    _check_level(level)
    given = np.asarray(values, dtype=np.float64)
    nan = float("nan")
    if given.size == 0:
        return nan, nan, nan
    mean = float(given.mean())
    if given.size < 2 or math.isnan(mean):
        return mean, nan, nan
    error = float(given.std(ddof=1)) / math.sqrt(given.size)
    half = float(stdtrit(given.size - 1, 0.5 + level / 2)) * error
    return mean, mean - half, mean + half


def paired_difference(
    first: Numbers,
    second: Numbers,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 4000,
) -> tuple[float, float, float]:
    """Return (mean of first - second, low, high) by the percentile bootstrap over pairs.

    Pairs are what shares chance: the same seed, the same test example. Two pairs at least are
    needed, else low and high are NaN. Source: Efron and Tibshirani 1993, chapter 13.

    >>> from asknext.core.seeds import generator
    >>> found = paired_difference([9, 8, 7], [7, 7, 7], rng=generator(0, "demo"))
    >>> found[0]
    1.0
    """
    _check_level(level)
    gaps = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    if np.shape(first) != np.shape(second) or gaps.ndim != 1:
        raise InvalidInput(
            f"pairs need two lists of one length; given: {np.shape(first)}, {np.shape(second)}"
        )
    nan = float("nan")
    if gaps.size < 2:
        return (float(gaps.mean()) if gaps.size else nan), nan, nan
    means = _resampled_means(gaps, rng, draws)
    low, high = np.quantile(means, [0.5 - level / 2, 0.5 + level / 2])
    return float(gaps.mean()), float(low), float(high)


def _resampled_means(
    gaps: npt.NDArray[np.float64], rng: np.random.Generator, draws: int
) -> npt.NDArray[np.float64]:
    """Draw row by row: all at once would need draws × n numbers."""
    n = gaps.size
    return np.array([gaps[rng.integers(n, size=n)].mean() for _ in range(draws)])

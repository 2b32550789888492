"""Estimates: a number, the interval it lies in, and how many random answers it is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from asknext.evaluation.intervals import wilson


@dataclass(frozen=True, slots=True)
class Estimate:
    """Be a mean with its interval; `n` answers were counted, worth `effective` random ones.

    `variance` is that of the estimate itself. `raw` is the estimate before it was kept within
    [0, 1], as weights and predictions may take it beyond: means of estimates go by that.
    """

    estimate: float
    low: float
    high: float
    n: int
    effective: float
    variance: float
    level: float = 0.95
    raw: float | None = None

    def to_json(self) -> dict[str, float]:
        """Return plain JSON, without what nobody is shown."""
        found = asdict(self)
        del found["raw"]
        return found

    @property
    def unclipped(self) -> float:
        """Return the estimate as it came out, within [0, 1] or not."""
        return self.estimate if self.raw is None else self.raw


def share_estimate(share: float, variance: float, n: int, level: float = 0.95) -> Estimate:
    """Return the interval of a share that was not simply counted, from its variance.

    Wilson's interval for as many plain answers as would have this variance, so that the limits
    stay within [0, 1] and sensible near its ends. The variance is widened as Student's t widens
    an interval from `n` values. Without spread (all right, or all wrong) `n` answers count as n.

    Source: Kott and Carpenter 1983; Dean and Pagano 2015 (design-adjusted Wilson intervals).

    >>> round(share_estimate(0.8, 0.8 * 0.2 / 100, 100).effective)
    99
    """
    inside = min(max(share, 0.0), 1.0)
    effective = _effective(inside, variance, n, level)
    low, high = wilson(inside * effective, effective, level)
    return Estimate(inside, low, high, n, effective, variance, level, share)


def _effective(share: float, variance: float, n: int, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    if variance <= 0.0 or n < 2:
        return float(n)
    wide = float(stdtrit(n - 1, 0.5 + level / 2) / ndtri(0.5 + level / 2)) ** 2
    # A share of 1 has no spread of its own; half an answer either way keeps the figure finite.
    near = (share * n + 0.5) / (n + 1)
    return near * (1.0 - near) / (variance * wide)


def joined(parts: Sequence[Estimate], worth: Sequence[float]) -> Estimate:
    """Return what independent estimates of one share say together, weighted by their `worth`.

    The worth must not come from the answers: an estimate that happens to be near 1 has little
    spread, and would draw the mean upwards if its spread decided how much it counts.

    >>> one = share_estimate(0.8, 0.0016, 100)
    >>> round(joined([one, one], [1, 1]).estimate, 3), joined([one, one], [1, 1]).variance
    (0.8, 0.0008)
    """
    total = math.fsum(worth)
    counted = [(w / total, part) for w, part in zip(worth, parts, strict=True)]
    share = math.fsum(w * part.unclipped for w, part in counted)
    variance = math.fsum(w * w * part.variance for w, part in counted)
    return share_estimate(share, variance, sum(part.n for part in parts), parts[0].level)

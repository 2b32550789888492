"""Weighting: an unbiased mean from answers that were chosen by chance, but not evenly.

A strategy that draws its questions (``power``, ``softmax``, ``softrank``) says with which chance
it drew each. Answers that were likely to be drawn then count less, and the weighted mean is that
of the pool. A strategy that takes the best k gives everything else no chance at all; no weight
mends that, and none is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.estimates import Estimate, share_estimate

Numbers = Sequence[float] | FloatArray


def lure_weights(chances: Numbers, pool: int) -> FloatArray:
    """Return the weight (m,) of each of m draws without replacement from `pool` examples.

    `chances` are those of each draw among what was left at its turn, in order of drawing. The
    mean of weight × value is the mean over the pool, on average over draws. Draws with equal
    chances have weight 1.

    Source: Farquhar, Gal and Rainforth 2021 (2101.11665), section 3, R_LURE.

    Raises:
        InvalidInput: more draws than examples, or a chance outside (0, 1].

    >>> lure_weights([1 / 10, 1 / 9, 1 / 8], 10).round(6).tolist()
    [1.0, 1.0, 1.0]
    >>> lure_weights([0.2, 1 / 9], 10).round(3).tolist()
    [0.556, 1.0]
    """
    q, left = _checked(chances, pool)
    drawn = len(q)
    if drawn == pool:
        return np.ones(drawn)
    later = (pool - drawn) / (left - 1.0)
    return np.asarray(1.0 + later * (1.0 / (left * q) - 1.0))


def _checked(chances: Numbers, pool: int) -> tuple[FloatArray, FloatArray]:
    """Return the chances and how many examples were left at each draw, itself included."""
    q = np.asarray(chances, dtype=np.float64)
    if len(q) > pool or not ((q > 0) & (q <= 1.0)).all():
        raise InvalidInput(
            f"weights need chances in (0, 1], at most one for each of the {pool} examples; given: "
            f"{len(q)}, from {q.min(initial=1.0)} to {q.max(initial=0.0)}"
        )
    return q, pool - np.arange(len(q), dtype=np.float64)


def lure(scores: Numbers, chances: Numbers, pool: int, level: float = 0.95) -> Estimate:
    """Estimate the mean score of the pool from the scores in [0, 1] of m draws, in their order.

    The interval comes from the differences of the martingale that the estimate is made of: what
    each draw says of the pool, given those before it. A draw that comes at least twice as often
    as by even chances adds little, a rare one much; `effective` says what all are worth.

    Source: as `lure_weights`; the variance from its R_PURE terms (appendix B).

    Raises:
        InvalidInput: as `lure_weights`; scores and chances differ in number.
    """
    values = np.asarray(scores, dtype=np.float64)
    weights = lure_weights(chances, pool)
    if len(values) != len(weights):
        raise InvalidInput(f"{len(values)} scores and {len(weights)} chances; give one for each")
    share = float((weights * values).mean()) if len(values) else float("nan")
    return share_estimate(share, _variance(values, chances, pool, share), len(values), level)


def worth(chances: Numbers, pool: int) -> float:
    """Return how many even draws these are worth, whatever their scores.

    Source: Kish 1965, effective sample size.

    >>> worth([1 / 10, 1 / 9, 1 / 8], 10), round(worth([0.2, 1 / 9], 10), 2)
    (3.0, 1.85)
    """
    weights = lure_weights(chances, pool)
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0


def _variance(values: FloatArray, chances: Numbers, pool: int, share: float) -> float:
    q, left = _checked(chances, pool)
    drawn = len(q)
    if drawn < 2 or drawn == pool:
        return 0.0
    before = np.concatenate([[0.0], np.cumsum(values)[:-1]])
    terms = values / (pool * q) + before / pool
    counted = pool * (pool - drawn) / ((left - 1.0) * left)
    return float(((counted * (terms - share)) ** 2).sum() / (drawn * (drawn - 1)))

"""Prediction-powered: narrower intervals where predictions are at hand for many more examples.

A few true answers, drawn at random, say how far off predictions are; the predictions of many
unanswered examples say the rest. However bad they are the mean stays unbiased, and how much is
leant on them is tuned, so that bad ones cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.estimates import Estimate, share_estimate

Numbers = Sequence[float] | FloatArray
LEAST = 10  # with fewer answers the tuning would follow chance


class Powered(NamedTuple):
    """Be a mean in [0, 1], the same from the answers alone, and the lean on predictions.

    `lean` is 0 where predictions are not used, 1 where they are taken in full. `saved` is how
    many random answers the predictions stand for.
    """

    mean: Estimate
    plain: Estimate
    lean: float
    saved: float


def powered_share(
    actual: Numbers, guessed: Numbers, unanswered: Numbers, level: float = 0.95
) -> Powered:
    """Estimate the mean of a figure in [0, 1] from n answers and N further guesses.

    Args:
        actual: the figure of n randomly drawn examples, as answered (n,).
        guessed: what was predicted for the same examples by what has not learnt from them (n,).
        unanswered: the same predictor's word on N other random examples (N,).

    With fewer than ten answers, without further guesses, or with guesses that are all alike,
    the answers stand alone.

    Source: Angelopoulos, Duchi and Zrnic 2023 (2311.01453), PPI++, section 6 (power tuning; the
    lean is kept within [0, 1]). Zrnic and Candès 2024 (2309.16598) where folds guess in turn.

    Raises:
        InvalidInput: actual and guessed differ in number, or there are none.

    >>> found = powered_share([1, 1, 0, 1] * 5, [0.9, 0.8, 0.2, 0.9] * 5, [0.9, 0.3] * 500)
    >>> found.lean > 0.5, found.mean.variance < found.plain.variance
    (True, True)
    """
    y, f = np.asarray(actual, np.float64), np.asarray(guessed, np.float64)
    others = np.asarray(unanswered, np.float64)
    if y.shape != f.shape or not len(y):
        raise InvalidInput(f"answers and guesses go in pairs; given: {len(y)} and {len(f)}")
    plain = share_estimate(float(y.mean()), _spread(y) / len(y), len(y), level)
    lean = _lean(y, f, others)
    if lean == 0.0:
        return Powered(plain, plain, 0.0, 0.0)
    share = float(y.mean()) - lean * float(f.mean() - others.mean())
    variance = _spread(y - lean * f) / len(y) + lean**2 * _spread(others) / len(others)
    mean = share_estimate(share, variance, len(y), level)
    return Powered(mean, plain, lean, max(mean.effective - plain.effective, 0.0))


def _spread(values: FloatArray) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _lean(y: FloatArray, f: FloatArray, others: FloatArray) -> float:
    """Return the lean that makes the variance least."""
    if len(y) < LEAST or len(others) < 2:
        return 0.0
    spread = _spread(np.concatenate([f, others]))
    if spread <= 1e-12 or _spread(y) <= 0.0:
        return 0.0
    shared = float(np.cov(y, f)[0, 1])
    return min(max(shared / ((1.0 + len(y) / len(others)) * spread), 0.0), 1.0)

"""Calibration: do probabilities mean what they say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Bin:
    """Be the predictions whose confidence lies in (low, high]: how sure, and how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability(confidence: FloatArray, right: npt.NDArray[Any], bins: int = 15) -> list[Bin]:
    """Group n predictions into bins of equal width; empty bins are left out.

    `confidence` (n,) lies in [0, 1], `right` (n,) is 1 or True where the prediction was right.

    >>> reliability(np.array([0.9, 0.8, 0.3]), np.array([1, 1, 0]), bins=2)[1].count
    2
    """
    sure, hit = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    if sure.shape != hit.shape or not ((sure >= 0) & (sure <= 1 + 1e-6)).all():
        raise InvalidInput("confidence must be numbers in [0, 1], one for each outcome")
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    return [
        Bin(
            i / bins,
            (i + 1) / bins,
            int(here.sum()),
            float(sure[here].mean()),
            float(hit[here].mean()),
        )
        for i in np.unique(place)
        for here in [place == i]
    ]


def calibration_error(confidence: FloatArray, right: npt.NDArray[Any], bins: int = 15) -> float:
    """Return the expected calibration error, in [0, 1]; NaN without predictions.

    Source: Naeini et al. 2015; Guo et al. 2017, equation 3.

    >>> round(calibration_error(np.array([0.9, 0.9]), np.array([1, 0])), 3)
    0.4
    """
    groups = reliability(confidence, right, bins)
    n = sum(group.count for group in groups)
    if not n:
        return float("nan")
    return sum(group.count / n * abs(group.accuracy - group.confidence) for group in groups)

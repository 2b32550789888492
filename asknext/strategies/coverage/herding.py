"""Coverage: ask what makes every candidate resemble something that was asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.cover import cover
from asknext.strategies.kernels.pairs import Similarity
from asknext.strategies.kernels.reading import UnitVectors, unit
from asknext.strategies.kernels.widths import closest_pair
from asknext.strategies.probabilities import margins, read_proba
from asknext.strategies.ranking import checked, picks_of, wanted
from asknext.strategies.vectors import known_vectors

WIDTH = 1.0  # of the kernel exp(−d² / width²) on unit vectors
NARROWEST = 0.01  # a narrower kernel would tell a vector from itself by rounding
ROUNDING = 5e-7  # of a cosine in float32


class Covering(ABC):
    """Pick greedily what raises Σ w · max over asked (similarity) most; labels count as asked.

    Up to 10,000 candidates (`kernels.cover.EXACT`) all are covered and may be picked, and the
    greedy picks are exact. Of more, a random sample of 10,000 is covered and picked from, and a
    new sample drawn once half of it is picked. A score is the share of the whole that the pick
    adds.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = (
        "the sample of more than 10,000 candidates; and two that speak for each other alone tie"
    )
    cost: ClassVar[str] = "n² × columns / 2 up to 10,000 candidates, as for 10,000 beyond"

    @abstractmethod
    def similarity(self, view: View, known: FloatArray, rng: np.random.Generator) -> Similarity:
        """Return what turns cosines into similarities in [0, 1]."""

    def weights(self, view: View) -> FloatArray | None:
        """Return how much each candidate (n,) counts; None: all the same."""
        return None

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        known, weights = unit(known_vectors(view)), self.weights(view)
        similarity = self.similarity(view, known, rng)
        table = UnitVectors(view.embedding)
        rows, gains = cover(table, known, k, rng, similarity, weights=weights)
        scores = np.minimum.accumulate(gains)
        return picks_of(self, view, rows, scores=scores, reasons=_reasons(gains))


def _reasons(gains: FloatArray) -> list[str]:
    return [f"speaks for others like it: covers {gain:.2%} more of the pool" for gain in gains]


def half_cosine(cosine: FloatArray) -> FloatArray:
    """Return (1 + cosine) / 2, in place."""
    cosine += 1.0
    cosine *= 0.5
    return cosine


def gaussian(width: float) -> Similarity:
    """Return the kernel exp(−d² / width²) of cosines between unit vectors, d² = 2 − 2 cosine.

    Distances below 0.001, which rounding may make, count as 0.

    >>> gaussian(1.0)(np.array([1.0, 0.5])).round(3).tolist()
    [1.0, 0.368]
    """
    factor = 2.0 / width**2

    def similarity(cosine: FloatArray) -> FloatArray:
        cosine -= 1.0 - ROUNDING
        np.minimum(cosine, 0.0, out=cosine)
        cosine *= factor
        return np.exp(cosine, out=cosine)

    return similarity


def checked_width(width: float | None) -> float | None:
    """Return the width; raises InvalidInput unless it is positive."""
    if width is not None and not 0.0 < width < float("inf"):
        raise InvalidInput(
            "width is a distance between unit vectors, larger than 0 (they are at most 2 apart); "
            f"given: {width}"
        )
    return None if width is None else max(width, NARROWEST)


class FacilityLocation(Covering):
    """Maximise Σ over candidates of the largest similarity (1 + cosine) / 2 to what was asked.

    Source: Wei, Iyer and Bilmes 2015, section 3.
    """

    name: ClassVar[str] = "facility_location"
    evidence: ClassVar[str] = (
        "for instruction tuning, one batch of it matched random with half the labels (2401.06692); "
        "little compared on classification"
    )
    source: ClassVar[str] = "Wei, Iyer and Bilmes 2015; Bhatt et al. 2024 for generation"

    def similarity(self, view: View, known: FloatArray, rng: np.random.Generator) -> Similarity:
        """Return (1 + cosine) / 2."""
        return half_cosine


class MaxHerding(Covering):
    """Maximise the mean over candidates of the largest exp(−d² / width²) to what was asked.

    Source: Bae et al. 2024 (generalized coverage, MaxHerding), with their width of 1.
    """

    name: ClassVar[str] = "max_herding"
    evidence: ClassVar[str] = (
        "its authors beat TypiClust and ProbCover on images with few labels; best with few labels"
    )
    source: ClassVar[str] = "Bae et al. 2024, section 3"

    def __init__(self, *, width: float = WIDTH) -> None:
        self.width = checked_width(width)

    def similarity(self, view: View, known: FloatArray, rng: np.random.Generator) -> Similarity:
        """Return exp(−d² / width²)."""
        return gaussian(self.width or WIDTH)


class UncertaintyHerding(Covering):
    """Maximise the mean of uncertainty × the largest exp(−d² / width²) to what was asked.

    Uncertainty is 1 − margin, of ``proba`` raised to 1 / temperature. The width is the smallest
    distance between two labelled vectors that differ (1 with fewer than two): with more labels
    it shrinks, and coverage slides into plain uncertainty.

    Source: Bae et al. 2025 (uncertainty herding), sections 3 and 4. They fit the temperature to
    held-out labels; a project calibrates ``proba`` already, so it is 1 here unless set.
    """

    name: ClassVar[str] = "uncertainty_herding"
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    evidence: ClassVar[str] = (
        "after a typiclust start, over random in our simulations: AG News +3.8 points, a rare "
        "class +51.4, TREC +0.6"
    )
    source: ClassVar[str] = "Bae et al. 2025, sections 3 and 4"

    def __init__(self, *, temperature: float = 1.0, width: float | None = None) -> None:
        if not 0.0 < temperature < float("inf"):
            raise InvalidInput(f"temperature is a number larger than 0; given: {temperature}")
        self.temperature = temperature
        self.width = checked_width(width)

    def similarity(self, view: View, known: FloatArray, rng: np.random.Generator) -> Similarity:
        """Return exp(−d² / width²), by default as wide as the closest labelled pair is apart."""
        labelled = known[: len(view.labelled)]
        width = self.width or closest_pair(labelled) or WIDTH
        return gaussian(max(width, NARROWEST))

    def weights(self, view: View) -> FloatArray:
        """Return 1 − margin (n,) after the temperature."""
        proba = read_proba(view)
        checked(np.asarray(proba.sum(axis=1)), view, self)
        if self.temperature != 1.0:
            largest = proba.max(axis=1, keepdims=True)
            proba = (proba / largest) ** (1.0 / self.temperature)
            proba /= proba.sum(axis=1, keepdims=True)
        return np.asarray(1.0 - margins(proba), np.float64)

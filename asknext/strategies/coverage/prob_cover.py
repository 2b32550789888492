"""ProbCover: ask what has most others, covered by nothing yet, within a fixed distance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.coverage.herding import Covering
from asknext.strategies.kernels.lloyd import cluster
from asknext.strategies.kernels.pairs import Similarity
from asknext.strategies.kernels.reading import UnitVectors, Vectors
from asknext.strategies.kernels.widths import gaps_to_others

SAMPLE = 2_000  # candidates from which the radius is found
PURE = 0.95  # share of the balls that must hold one cluster alone
CLUSTERS = 10  # where the classes are not known
ROUNDING = 1e-6  # of a cosine: an exact duplicate is within any radius


class ProbCover(Covering):
    """Cover as many candidates as possible with balls of radius `delta` round what was asked.

    By default delta is the largest radius at which 95 % of the balls hold one cluster alone, of
    k-means with as many clusters as classes (10 where they are not known) on a random sample of
    2,000 candidates. What covers nothing new is asked in random order at the end.

    Source: Yehuda et al. 2022 (ProbCover), algorithm 1 and appendix; they search the radius over
    a grid and on all candidates, in the space that self-supervision learnt.
    """

    name: ClassVar[str] = "prob_cover"
    drawn: ClassVar[str] = "the clusters of the default radius; the sample of a large pool"
    evidence: ClassVar[str] = (
        "good with few labels on images; extremely sensitive to delta (Bae et al. 2024), whose "
        "default often fails: prefer max_herding"
    )
    source: ClassVar[str] = "Yehuda et al. 2022, algorithm 1"

    def __init__(self, *, delta: float | None = None) -> None:
        if delta is not None and not 0.0 <= delta <= 2.0:
            raise InvalidInput(
                f"delta is a distance between unit vectors in [0, 2], or None; given: {delta}"
            )
        self.delta = delta

    def similarity(self, view: View, known: FloatArray, rng: np.random.Generator) -> Similarity:
        """Return 1 within delta, 0 beyond."""
        delta = self.delta
        if delta is None:
            seed = int(rng.integers(2**63))
            delta = pure_radius(view, generator(seed, "radius"))
        least = 1.0 - delta**2 / 2.0 - ROUNDING

        def within(cosine: FloatArray) -> FloatArray:
            return (cosine >= least).astype(cosine.dtype)

        return within


def pure_radius(view: View, rng: np.random.Generator) -> float:
    """Return the radius at which 95 % of the balls hold one cluster alone; 0 with one cluster."""
    table = UnitVectors(view.embedding)
    sample = np.sort(rng.choice(len(table), min(SAMPLE, len(table)), replace=False))
    points = table.rows(sample)
    clusters = min(max(len(view.classes), 2) if view.classes else CLUSTERS, len(points))
    gaps = gaps_to_others(points, cluster(Vectors(points), clusters, rng)[0])
    usual = float(np.quantile(gaps, 1.0 - PURE, method="lower"))
    return usual if np.isfinite(usual) else 0.0

"""HUDS: uncertain, and far from the middle of what is as uncertain."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.generation.likelihood import GENERATION
from asknext.strategies.kernels.lloyd import cluster_points
from asknext.strategies.kernels.reading import UnitVectors
from asknext.strategies.ranking import checked, picks_of, top, wanted
from asknext.strategies.sequences.tokens import count
from asknext.strategies.sequences.whole import surprise

SAMPLE = 5_000  # candidates of a stratum that are clustered
DIGITS = 12  # kept of a squared distance, so that equal vectors are at equal distances


class Huds:
    """Score weight · uncertainty + (1 − weight) · distance to the nearest centre of its stratum.

    Uncertainty is −log p(best sequence) / its length; the candidates are cut into `strata` of
    equal width of it, and the vectors of each stratum are clustered into `clusters` by k-means.
    Both parts are scaled to [0, 1] over the candidates. So of equally uncertain texts the odd
    ones go first.

    Source: Azeemi et al. 2024 (2403.09259), section 3; they do not scale the parts. We cluster a
    random sample of a stratum larger than `SAMPLE`.
    """

    name: ClassVar[str] = "huds"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset(
        {"embedding", "sequence_logprob", "sequence_length"}
    )
    tasks: ClassVar[frozenset[str]] = GENERATION
    cost: ClassVar[str] = "n × columns × strata × clusters"
    evidence: ClassVar[str] = (
        "Better than uncertainty or diversity alone for adapting translation to a domain in its "
        "paper; elsewhere little tested."
    )
    source: ClassVar[str] = "Azeemi et al. 2024 (2403.09259), section 3"
    drawn: ClassVar[str] = "the first centres of k-means, and the sample of a large stratum"

    def __init__(self, weight: float = 0.5, strata: int = 10, clusters: int = 5) -> None:
        if not 0.0 <= weight <= 1.0:
            raise InvalidInput(f"weight is a share in [0, 1]; given: {weight}")
        self.weight = weight
        self.strata = count(strata, "strata")
        self.clusters = count(clusters, "clusters")

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        unsure = scaled(checked(surprise(view), view, self))
        table = UnitVectors(view.embedding)
        stratum = np.minimum((unsure * self.strata).astype(np.int64), self.strata - 1)
        apart = scaled(stratum_gaps(table, stratum, self.clusters, rng))
        score = self.weight * unsure + (1.0 - self.weight) * apart
        rows = top(score, k, rng)
        reasons = [_reason(unsure[row], apart[row]) for row in rows]
        return picks_of(self, view, rows, scores=score[rows], reasons=reasons)


def _reason(unsure: float, apart: float) -> str:
    return f"uncertainty {unsure:.0%} of the largest, oddness among equals {apart:.0%}"


def scaled(values: FloatArray) -> FloatArray:
    """Return the values (n,) moved and stretched to [0, 1]; all 0 where they are equal.

    >>> scaled(np.array([2.0, 4.0, 3.0])).tolist(), scaled(np.array([5.0, 5.0])).tolist()
    ([0.0, 1.0, 0.5], [0.0, 0.0])
    """
    least, largest = values.min(), values.max()
    return np.asarray((values - least) / (largest - least if largest > least else 1.0))


def stratum_gaps(
    table: UnitVectors, stratum: IntArray, clusters: int, rng: np.random.Generator
) -> FloatArray:
    """Return the distance (n,) of each vector to the nearest of its stratum's centres."""
    owner, centres = _centres(table, stratum, clusters, rng)
    half = 0.5 * np.einsum("ij,ij->i", centres, centres)
    found = np.empty(len(table))
    for block in table.blocks():
        points = block.vectors.astype(np.float64)
        closeness = points @ centres.T - half
        closeness[stratum[block.part][:, None] != owner] = -np.inf
        squares = np.einsum("ij,ij->i", points, points) - 2.0 * closeness.max(axis=1)
        found[block.part] = np.sqrt(np.maximum(squares.round(DIGITS), 0.0))
    return found


def _centres(
    table: UnitVectors, stratum: IntArray, clusters: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Return the centres (c, d) of all strata, and the stratum (c,) of each."""
    owners, found = [], []
    for number in np.unique(stratum).tolist():
        rows = rng.permutation(np.flatnonzero(stratum == number))[:SAMPLE]
        _, centres = cluster_points(table.rows(rows), min(clusters, len(rows)), rng)
        owners.append(np.full(len(centres), number))
        found.append(centres.astype(np.float64))
    return np.concatenate(owners), np.concatenate(found)

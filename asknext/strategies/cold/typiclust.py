"""Typical first: one typical example of each large group that has no label yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.picks import Picks
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.grouping import waves
from asknext.strategies.kernels.lloyd import cluster_points
from asknext.strategies.kernels.reading import squared_distances
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.vectors import known_vectors, read_rows

SAMPLE = 5_000  # candidates that are clustered; a random sample of a larger pool serves as well
CLUSTERS = 500  # most clusters, those of labelled examples included
NEIGHBOURS = 20
CROWD = 2_000  # members of one cluster that are compared with each other


class TypiClust:
    """Cluster candidates and labelled ones; ask the most typical of the largest unlabelled groups.

    Groups with fewer labels go first, larger ones before smaller ones; what is out with
    annotators counts as labelled where ``pending_embedding`` is given. A score is the group's
    share of the examples less its number of labels.

    Source: Hacohen, Dekel and Weinshall 2022 (TypiClust). We cluster a random sample of a pool
    larger than `SAMPLE`, and build a batch in waves, so that any prefix of it is a batch too.
    """

    name: ClassVar[str] = "typiclust"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the sample of a large pool, and the first centres of k-means"
    cost: ClassVar[str] = "k-means of 5,000 whatever n is"
    evidence: ClassVar[str] = (
        "The best start where groups in the embedding are classes; below random where not."
    )
    source: ClassVar[str] = "Hacohen et al. 2022 (TypiClust), section 3"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        size = min(len(view), max(SAMPLE, 2 * k))
        sample = np.sort(rng.choice(len(view), size, replace=False))
        batch = _Batch(read_rows(view.embedding, sample), known_vectors(view))
        seed = int(rng.integers(2**63))
        for total in waves(k):
            batch.grow(total, generator(seed, total))
        rows = sample[np.array(batch.taken[:k], np.int64)]
        scores = np.minimum.accumulate(batch.scores[:k])
        return picks_of(self, view, rows, scores=scores, reasons=batch.reasons[:k])


@dataclass
class _Batch:
    """Grow a batch over `points` (n, d), given the vectors `known` (m, d) already asked."""

    points: FloatArray
    known: FloatArray
    taken: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def grow(self, total: int, rng: np.random.Generator) -> None:
        """Cluster anew for `total` picks and add those that are missing."""
        n = len(self.points)
        together = np.concatenate([self.points, self.known])
        clusters = min(len(self.known) + total, CLUSTERS, len(together))
        found, _ = cluster_points(together, clusters, rng)
        share = np.bincount(found, minlength=clusters) / len(found)
        asked = np.concatenate([found[n:], found[np.array(self.taken, np.int64)]])
        worth = share - np.bincount(asked, minlength=clusters)
        members = Members(self.points, found[:n], rng, set(self.taken))
        while len(self.taken) < min(total, n):
            best = int(rng.choice(np.flatnonzero(worth == worth.max())))
            row = members.pop(best)
            if row is None:
                worth[best] = -np.inf
                continue
            self.taken.append(row)
            self.scores.append(float(worth[best]))
            self.reasons.append(_reason(share[best], worth[best]))
            worth[best] -= 1


def _reason(share: float, worth: float) -> str:
    labels = "no label yet" if worth > 0 else "few labels"
    return f"typical of a group with {labels} ({share:.1%} of the examples)"


class Members:
    """Give the members of each cluster, most typical first, sorted once one of them is asked for.

    Typicality is 1 / the mean distance to the 20 nearest members of the same cluster. A cluster
    larger than `CROWD` is represented by a random part of it; the others follow in random order.
    """

    def __init__(
        self, points: FloatArray, cluster: IntArray, rng: np.random.Generator, taken: set[int]
    ) -> None:
        self._points = points
        self._cluster = cluster
        self._rng = rng
        self._taken = taken
        self._orders: dict[int, list[int]] = {}

    def pop(self, cluster: int) -> int | None:
        """Return the most typical member that is not taken yet, None where none is left."""
        if cluster not in self._orders:
            rows = np.flatnonzero(self._cluster == cluster)
            order = self._least_typical_first(rows).tolist()
            self._orders[cluster] = [row for row in order if row not in self._taken]
        order = self._orders[cluster]
        return order.pop() if order else None

    def _least_typical_first(self, rows: IntArray) -> IntArray:
        rows = self._rng.permutation(rows)
        rest, crowd = rows[CROWD:], rows[:CROWD]
        gaps = mean_gaps(self._points[crowd])
        return np.concatenate([rest, crowd[np.argsort(-gaps, kind="stable")]])


def mean_gaps(points: FloatArray) -> FloatArray:
    """Return the mean distance (n,) of each point to its 20 nearest others; 0 for a lone one."""
    near = min(NEIGHBOURS, len(points) - 1)
    if near <= 0:
        return np.zeros(len(points), points.dtype)
    squares = squared_distances(points, points)
    np.fill_diagonal(squares, np.inf)
    closest = np.partition(squares, near - 1, axis=1)[:, :near]
    return np.asarray(np.sqrt(closest).mean(axis=1))

"""LCMD: the farthest member of the largest cluster, again and again."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Table, blocks
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.ranking import checked, picks_of, wanted
from asknext.strategies.vectors import known_vectors, read_rows

SAME = np.float32(1e-6)  # squared distance, as a share of the squared lengths, that counts as 0
CENTRES = 256  # labelled vectors compared at once


class Clusters:
    """Keep for each vector (n, d) its nearest centre and the squared distance to it."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.centres = 0
        self.owner = np.full(len(table), -1, np.int64)
        self.gaps = np.full(len(table), np.inf, np.float32)
        self.lengths = np.empty(len(table), np.float32)
        for part, block in blocks(table):
            vectors = np.asarray(block, np.float32)
            self.lengths[part] = np.einsum("ij,ij->i", vectors, vectors)

    def add(self, centres: FloatArray) -> None:
        """Add centres (m, d), numbered on; of equally near ones the first stays the nearest."""
        for start in range(0, len(centres), CENTRES):
            self._add(centres[start : start + CENTRES])

    def _add(self, centres: FloatArray) -> None:
        own = np.einsum("ij,ij->i", centres, centres)
        for part, block in blocks(self._table):
            lengths = self.lengths[part]
            inner = np.ascontiguousarray(block, np.float32) @ centres.T
            nearest = (inner - 0.5 * own).argmax(axis=1)
            found = own[nearest] - 2.0 * np.take_along_axis(inner, nearest[:, None], 1)[:, 0]
            found += lengths
            found[found <= SAME * (lengths + own[nearest])] = 0.0
            closer = found < self.gaps[part]
            self.gaps[part][closer] = found[closer]
            self.owner[part][closer] = self.centres + nearest[closer]
        self.centres += len(centres)


class LCMD:
    """Pick from the cluster with the largest sum of squared distances its farthest member.

    Labelled and pending vectors and the picks are centres, and each candidate belongs to the
    nearest one. Without any centre the longest vector goes first (at unit length: a random one).
    A score is the distance of the pick to its centre, or that of the pick before where that is
    smaller. It reads ``embedding``: for a linear model on it these are its gradients, so nothing
    is lost in regression; for classes, `badge` weighs them by how unsure the model is.

    Source: Holzmüller et al. 2023 (LCMD-TP), on the vectors themselves instead of sketches.
    """

    name: ClassVar[str] = "lcmd"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the first pick among vectors of one length, where nothing is labelled"
    cost: ClassVar[str] = "(labelled + k) × n × columns"
    evidence: ClassVar[str] = (
        "the best of its authors' benchmark in regression (15 large tables); for classes it is "
        "diversity alone"
    )
    source: ClassVar[str] = "Holzmüller et al. 2023 (LCMD-TP)"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        table = view.embedding
        if len(table) != len(view):
            raise InvalidInput(f"embedding has {len(table)} rows for {len(view)} candidates")
        clusters = Clusters(table)
        checked(clusters.lengths, view, self)
        clusters.add(known_vectors(view))
        rows, gaps, sizes = _greedy(clusters, table, k, rng.random(len(view)))
        scores = np.minimum.accumulate(np.sqrt(gaps))
        reasons = [f"the farthest of {size:,} examples that have no answer near" for size in sizes]
        return picks_of(self, view, rows, scores=scores, reasons=reasons)


def _greedy(
    clusters: Clusters, table: Table, k: int, luck: FloatArray
) -> tuple[IntArray, FloatArray, list[int]]:
    """Return k rows, squared distances to the nearest centre, and sizes of their clusters."""
    rows, gaps, sizes = np.empty(k, np.int64), np.empty(k), []
    free = np.ones(len(luck), bool)
    for i in range(k):
        gap = clusters.gaps if clusters.centres else clusters.lengths
        members = _largest(clusters.owner, gap, free)
        best = members[gap[members] == gap[members].max()]
        rows[i] = best[luck[best].argmax()]
        gaps[i] = gap[rows[i]]
        sizes.append(len(members))
        free[rows[i]] = False
        clusters.add(read_rows(table, rows[i : i + 1]))
        clusters.gaps[rows[i]] = 0.0
    return rows, gaps, sizes


def _largest(owner: IntArray, gaps: FloatArray, free: FloatArray) -> IntArray:
    """Return the free members of the cluster with the largest sum of gaps."""
    totals = np.bincount(owner + 1, weights=gaps)
    if not totals.max() > 0:
        return np.flatnonzero(free)
    return np.flatnonzero((owner + 1 == totals.argmax()) & free)

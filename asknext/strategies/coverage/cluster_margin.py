"""Cluster margin: examples the model wavers on, and that differ from each other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.picks import Picks
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.grouping import places, waves
from asknext.strategies.kernels.lloyd import cluster_points
from asknext.strategies.probabilities import margins, read_proba, wavering
from asknext.strategies.ranking import checked, picks_of, top, wanted
from asknext.strategies.vectors import read_rows

SHORTLIST = 10  # candidates of smallest margin that are clustered, for each pick
CLUSTERS = 500
FLOOR = np.float32(1e-3)  # least weight, so that certain candidates have a place too


class ClusterMargin:
    """Cluster the 10 k candidates of smallest margin into k groups; ask the centre of each.

    Clusters are weighted by uncertainty, 1 − margin; the member nearest its cluster's centre
    stands for it, and the most uncertain of these goes first. A score is 1 − margin, or that of
    the pick before where that is smaller.

    Source: after Citovsky et al. 2021 (Cluster-Margin) and Zhdanov 2019 (weighted k-means on the
    most uncertain); we draw one batch from both, in waves, so that any prefix is a batch too.
    """

    name: ClassVar[str] = "cluster_margin"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the first centres of k-means"
    cost: ClassVar[str] = "n × classes, then k-means of 10 k"
    evidence: ClassVar[str] = (
        "After a typical start above margin on four of our five sets, level on the fifth."
    )
    source: ClassVar[str] = "Citovsky et al. 2021, section 3; Zhdanov 2019, section 3"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        seed = int(rng.integers(2**63))
        score = checked(1.0 - margins(read_proba(view)), view, self)
        totals = list(waves(k))
        short = top(score, SHORTLIST * totals[-1], rng)
        points = read_rows(view.embedding, short)
        taken = np.empty(0, np.int64)
        for total in totals:
            part = slice(SHORTLIST * total)
            order = _wave(points[part], score[short[part]], total, taken, generator(seed, total))
            taken = np.concatenate([taken, order[: total - len(taken)]])
        rows = short[taken[:k]]
        scores = np.minimum.accumulate(score[rows])
        return picks_of(self, view, rows, scores=scores, reasons=wavering(view, rows))


def _wave(
    points: FloatArray,
    worth: FloatArray,
    total: int,
    taken: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Return what is not taken, by how many picks its cluster would then have, then by worth."""
    clusters = min(total, CLUSTERS, len(points))
    weights = np.asarray(worth, np.float32) + FLOOR
    found, centres = cluster_points(points, clusters, rng, weights=weights)
    gaps = np.square(points - centres[found]).sum(axis=1)
    gaps[taken] = -1.0  # first in their cluster
    depth = places(found, gaps)
    free = np.setdiff1d(np.arange(len(points)), taken)
    order = np.lexsort((rng.random(len(free)), -worth[free], depth[free]))
    return free[order]

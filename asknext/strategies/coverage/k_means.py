"""K-means: ask the centre of each of k clusters."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.grouping import places
from asknext.strategies.kernels.lloyd import cluster
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.ranking import picks_of, wanted


class KMeans:
    """Cluster the candidates into k groups; ask the one nearest each centre, larger groups first.

    Where there are fewer than k clusters with members, second ones follow. Labels play no part:
    `typiclust` is the one that looks for groups without a label. A score is the group's share of
    the candidates, halved for each pick from it before.

    Source: Zhdanov 2019; Yuan, Lin and Boyd-Graber 2020. The centres are fitted to a random
    sample of max(20,000, 100 k) candidates.
    """

    name: ClassVar[str] = "k_means"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the first centres, and the sample of a large pool"
    whole: ClassVar[str] = "the k clusters"
    cost: ClassVar[str] = "ten rounds of 100 k × k × columns, then n × k × columns"
    evidence: ClassVar[str] = (
        "a sound first batch; typiclust, which looks for groups without a label, is better later"
    )
    source: ClassVar[str] = "Zhdanov 2019; Arthur and Vassilvitskii 2007 for the first centres"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        found, gaps, _ = cluster(Vectors(view.embedding), k, rng)
        share = np.bincount(found, minlength=k) / len(found)
        depth = places(found, gaps, rng.random(len(found)))
        worth = share[found] * 0.5 ** np.minimum(depth, 1000)
        order = np.lexsort((gaps, found, -worth, depth))[:k]
        reasons = [f"the middle of a group of {share[g]:.1%} of the pool" for g in found[order]]
        scores = np.minimum.accumulate(worth[order])
        return picks_of(self, view, order, scores=scores, reasons=reasons)

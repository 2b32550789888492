"""Graph cut: ask what is like the pool and unlike what was asked."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.falling import Likeness
from asknext.strategies.kernels.lazy import lazy_greedy
from asknext.strategies.kernels.reading import UnitVectors, mean_of, unit
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.vectors import known_vectors


class GraphCut:
    """Pick the largest mean likeness to all candidates, less likeness to each one asked.

    Likeness is (1 + cosine) / 2; being like one that was asked counts `redundancy` times, as if
    it were that share of the candidates. Greedy, exact for any number of candidates.

    Source: Iyer and Bilmes 2013 (graph cut), f(S) = Σ likeness(V, S) − λ Σ likeness(S, S) with
    λ = redundancy · n / 2; labelled and pending examples belong to S from the start.

    >>> vectors = np.array([[1.0, 0.0], [0.98, 0.199], [0.0, 1.0]])
    >>> view = View("abc", arrays={"embedding": vectors})
    >>> GraphCut(redundancy=1.0).select(view, 2, np.random.default_rng(0)).ids
    ['b', 'c']
    """

    name: ClassVar[str] = "graph_cut"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[str] = "n × columns, then little for each pick"
    evidence: ClassVar[str] = (
        "used for summaries and for choosing instruction data; no clear gain over facility "
        "location is known"
    )
    source: ClassVar[str] = "Iyer and Bilmes 2013; Kothawade et al. 2022 (DISTIL)"

    def __init__(self, *, redundancy: float = 0.01) -> None:
        if not 0.0 <= redundancy <= 1000.0:
            raise InvalidInput(f"redundancy is a weight in [0, 1000]; given: {redundancy}")
        self.redundancy = redundancy

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        table = UnitVectors(view.embedding)
        worth = Likeness(mean_of(table), unit(known_vectors(view)), self.redundancy)
        rows, gains = lazy_greedy(table, worth, k, rng)
        reasons = ["typical of the pool and unlike what was asked"] * k
        return picks_of(self, view, rows, scores=np.minimum.accumulate(gains), reasons=reasons)

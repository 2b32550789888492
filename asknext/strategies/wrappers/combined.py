"""Combined: one ranking made of others, or of a ranking and what answers cost."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.wrapping import RankingWrapper, reasons_of, scores_of


def rank_shares(score: FloatArray) -> FloatArray:
    """Return rank / n (n,) of each score, 1 for the largest; ties share their mean rank.

    >>> rank_shares(np.array([3.0, 1.0, 3.0, 2.0])).tolist()
    [0.875, 0.25, 0.875, 0.5]
    """
    from scipy.stats import rankdata

    return np.asarray(rankdata(score) / max(len(score), 1))


class Product(RankingWrapper):
    """Score the product of the strategies' ranks: high where all of them rank high.

    Ranks, rank / n with the largest at 1, make scores of any scale and sign comparable.
    """

    wrapper: ClassVar[str] = "product"
    least: ClassVar[int] = 2
    cost: ClassVar[str] = "the sum of those inside, and a sort of n numbers for each"
    evidence: ClassVar[str] = (
        "A product with density lost to random in a large re-benchmark and on ours (TREC −8); "
        "one low rank vetoes."
    )
    source: ClassVar[str] = "modAL's product of utilities; Settles and Craven 2008"

    def score(self, view: View) -> FloatArray:
        """Return the product of the rank shares (n,)."""
        found = [rank_shares(scores_of(inner, view)) for inner in self.strategies]
        return np.asarray(np.prod(found, axis=0))


class Borda(RankingWrapper):
    """Score the mean of the strategies' ranks: each has one vote on every candidate."""

    wrapper: ClassVar[str] = "borda"
    least: ClassVar[int] = 2
    cost: ClassVar[str] = "the sum of those inside, and a sort of n numbers for each"
    evidence: ClassVar[str] = (
        "Rank aggregation was about as good as a bandit over the same strategies and beat "
        "passive learning; a simple ensemble."
    )
    source: ClassVar[str] = "Li et al. 2018 (PeerJ, combining active learning suggestions), Borda"

    def score(self, view: View) -> FloatArray:
        """Return the mean rank share (n,)."""
        found = [rank_shares(scores_of(inner, view)) for inner in self.strategies]
        return np.asarray(np.mean(found, axis=0))


class PerCost(RankingWrapper):
    """Score the strategy's score ÷ what the answer costs: most gain per second or money."""

    wrapper: ClassVar[str] = "per_cost"
    reads: ClassVar[frozenset[str]] = frozenset({"cost"})
    cost: ClassVar[str] = "n divisions"
    evidence: ClassVar[str] = (
        "Pays where costs differ much and are known; it favours short texts, and with estimated "
        "costs the published gains shrink or vanish."
    )
    source: ClassVar[str] = (
        "Settles, Craven and Friedland 2008; Haertel et al. 2008 (return on cost)"
    )

    def __init__(self, strategy: Strategy) -> None:
        super().__init__(strategy)

    def score(self, view: View) -> FloatArray:
        """Return score ÷ cost (n,); raises InvalidInput for costs or scores it cannot divide."""
        price = read_cost(view)
        score = scores_of(self.strategy, view)
        if (score < 0).any():
            raise InvalidInput(
                f"per_cost divides scores of 0 or more and {self.strategy.name} gives scores "
                f"below 0; write per_cost(borda({self.strategy.name}, margin)) or choose another"
            )
        return np.asarray(score / price)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Add the cost to the reason of the strategy inside."""
        why = reasons_of(self.strategy, view, rows)
        costs = read_cost(view)[rows]
        return [f"{reason} (cost {cost:.3g})" for reason, cost in zip(why, costs, strict=True)]


def read_cost(view: View) -> FloatArray:
    """Return what each answer costs (n,), all finite and above 0; raises InvalidInput otherwise."""
    price = np.asarray(view.array("cost"), np.float64)
    if price.shape != (len(view),):
        raise InvalidInput(f"cost has shape {price.shape}; it must be ({len(view)},)")
    bad = np.flatnonzero(~(np.isfinite(price) & (price > 0)))
    if len(bad):
        raise InvalidInput(
            f"cost must be finite and above 0; {len(bad)} are not, the first is that of "
            f"{view.candidates[bad[0]]!r}: {price[bad[0]]}"
        )
    return price

"""Moderate gap: leave out the pairs that nobody can tell apart and those that everybody can."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper, staged


class ModerateGap(Wrapper):
    """Let the strategy choose from the pairs whose |reward gap| is neither small nor large.

    Those below the quantile `low` of |gap| over the candidates, or above `high`, are left out;
    the quantiles themselves belong to the window. There are fewer than min(k, n) picks where
    fewer candidates lie inside.
    """

    wrapper: ClassVar[str] = "moderate_gap"
    reads: ClassVar[frozenset[str]] = frozenset({"reward_gap"})
    cost: ClassVar[str] = "n log n, and the strategy on what is left"
    evidence: ClassVar[str] = (
        "Studies disagree on whether small or large gaps teach more; leaving out both ends is "
        "the cautious middle of PA-D-opt."
    )
    source: ClassVar[str] = "after PA-D-opt 2025 (moderate gaps)"

    def __init__(self, strategy: Strategy, low: float = 0.1, high: float = 0.9) -> None:
        super().__init__(strategy)
        if not 0.0 <= low < high <= 1.0:
            raise InvalidInput(
                f"low and high of moderate_gap are shares with 0 ≤ low < high ≤ 1; given: {low}, "
                f"{high}"
            )
        self.low = low
        self.high = high

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks inside the window."""
        k = wanted(view, k)
        gap = np.abs(np.asarray(view.array("reward_gap"), np.float64))
        if gap.shape != (len(view),) or not np.isfinite(gap).all():
            raise InvalidInput(f"reward_gap must be {len(view)} finite numbers, one for each pair")
        if k == 0:
            return Picks(())
        # Quantiles that are candidates themselves, so that the window is never empty.
        least = np.quantile(gap, self.low, method="lower")
        most = np.quantile(gap, self.high, method="higher")
        rows = np.flatnonzero((gap >= least) & (gap <= most))
        picks, state = staged(self.strategy, view, min(k, len(rows)), rng, [rows])
        return Picks(self.falling(picks), state)

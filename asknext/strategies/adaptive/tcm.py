"""TCM: typical examples first, then those the model wavers on."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.wrapping import whole_number


class Tcm:
    """Ask typiclust until there are `switch` labels of two classes, then margin.

    Typiclust also while there is no model.

    Source: Doucet et al. 2024 (TCM), section 4; they switch after a few batches.
    """

    name: ClassVar[str] = "tcm"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "what typiclust draws"
    cost: ClassVar[str] = "that of typiclust, then of margin"
    evidence: ClassVar[str] = (
        "On our frozen vectors with a switch at 60: +2.7 AULC points on AG News, +13.6 on "
        "Banking77, −0.4 on TREC; a switch by classes seen (auto) did better."
    )
    source: ClassVar[str] = "Doucet et al. 2024 (2403.03728), section 4"

    def __init__(self, switch: int = 60) -> None:
        self.switch = whole_number(self.name, "switch", switch)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        strategy, phase = self.phase(view)
        picks = (
            replace(pick, reason=f"{phase}: {pick.reason}", strategy=f"{self.name}@{self.version}")
            for pick in strategy.select(view, k, rng)
        )
        return Picks(tuple(picks))

    def phase(self, view: View) -> tuple[Strategy, str]:
        """Return the strategy of the moment, and its name in words."""
        few = len(view.labelled) < self.switch or len(set(map(str, view.labels))) < 2
        if few or "proba" not in view.provides:
            return TypiClust(), "exploring"
        return Margin(), "sharpening the model"

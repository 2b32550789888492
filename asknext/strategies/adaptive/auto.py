"""Auto: get to know the pool first, then sharpen the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.coverage.cluster_margin import ClusterMargin
from asknext.strategies.wrappers.guard import NearDuplicateGuard

UNSEEN = 0.25


def unseen_mass(labels: Sequence[Any]) -> float:
    """Estimate the share of examples whose class has no label yet: classes seen once ÷ labels.

    1 without labels. Source: Good 1953 (Good–Turing).

    >>> unseen_mass(["a", "a", "b", "c"])
    0.5
    """
    if not len(labels):
        return 1.0
    return sum(times == 1 for times in Counter(labels).values()) / len(labels)


class Auto:
    """Ask typiclust until most classes are known, then cluster_margin, guarded in both.

    Typical-first while there is no ``proba``, fewer than two classes are known, or more than
    25 % of the labels are the only one of their class. `docs/decisions/0006-strategies.md` has
    the measurements.
    """

    name: ClassVar[str] = "auto"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "what the strategy of its phase draws"
    cost: ClassVar[str] = "that of its phase"
    evidence: ClassVar[str] = (
        "Above random on our five sets, on one within noise; two had no part in tuning it."
    )
    source: ClassVar[str] = "Hacohen et al. 2022; Citovsky et al. 2021; Good 1953"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks; fewer only where the rest are near-duplicates."""
        strategy, phase = _phase(view)
        found = NearDuplicateGuard(strategy).select(view, k, rng)
        picks = (
            replace(pick, reason=f"{phase}: {pick.reason}", strategy=f"{self.name}@{self.version}")
            for pick in found
        )
        return Picks(tuple(picks), found.state)


def _phase(view: View) -> tuple[Strategy, str]:
    if "proba" not in view.provides:
        return TypiClust(), "exploring, there is no model yet"
    seen, unseen = len(set(view.labels)), unseen_mass(view.labels)
    if seen == 0:
        return TypiClust(), "exploring, no class seen yet"
    if seen == 1:
        return TypiClust(), "exploring, one class seen so far"
    if unseen > UNSEEN:
        return TypiClust(), f"exploring, {unseen:.0%} of the labels are one of a kind"
    return ClusterMargin(), "sharpening the model"

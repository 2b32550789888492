"""Uniform: every candidate has the same chance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.ranking import picks_of, wanted


class Random:
    """Draw without replacement; every candidate is drawn with probability k / n."""

    name: ClassVar[str] = "random"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the picks themselves"
    cost: ClassVar[str] = "n"
    evidence: ClassVar[str] = (
        "The arm that every other must beat; part of every project as the control arm."
    )
    source: ClassVar[str] = "simple random sampling"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) candidates in random order."""
        k = wanted(view, k)
        rows = rng.permutation(len(view))[:k]
        chance = k / max(len(view), 1)
        reasons = ["drawn at random"] * k
        return picks_of(self, view, rows, scores=np.zeros(k), reasons=reasons, probability=chance)

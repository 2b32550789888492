"""Uniform: every candidate has the same chance."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.ranking import picks_of, wanted


class Random:
    """Draw without replacement; at each place every candidate that is left has the same chance."""

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
        n, k = len(view), wanted(view, k)
        rows = rng.permutation(n)[:k]
        drawn = picks_of(self, view, rows, scores=np.zeros(k), reasons=["drawn at random"] * k)
        left = range(n, n - k, -1)
        pairs = zip(drawn.picks, left, strict=True)
        return Picks(tuple(replace(pick, probability=1 / n) for pick, n in pairs))

"""Ratio: ask where the second likeliest class is nearly as likely as the first."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.view import View
from asknext.strategies.probabilities import read_proba, two_largest, wavering
from asknext.strategies.ranking import Ranking


class Ratio(Ranking):
    """Score p(second) ÷ p(first); 0 where there is one class."""

    name: ClassVar[str] = "ratio"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "With two classes the order of margin; with more it looks at the odds of the two "
        "likeliest alone, and no study finds it better than margin."
    )
    source: ClassVar[str] = "Settles 2009, section 3.1 (the odds that margin subtracts)"

    def score(self, view: View) -> FloatArray:
        """Return p(second) ÷ p(first) (n,)."""
        first, second = two_largest(read_proba(view))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isfinite(first), second / first, np.nan)  # p ÷ ∞ is no score

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the two classes."""
        return wavering(view, rows)

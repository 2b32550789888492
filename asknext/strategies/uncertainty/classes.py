"""Uncertainty: ask where the model knows least, by three readings of its probabilities."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.view import View
from asknext.strategies.probabilities import (
    entropies,
    leaders,
    margins,
    read_proba,
    two_largest,
    wavering,
)
from asknext.strategies.ranking import Ranking


class LeastConfidence(Ranking):
    """Score 1 − p(first): the likeliest class is unlikely.

    Source: Lewis and Gale 1994.
    """

    name: ClassVar[str] = "least_confidence"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = "Below margin with many classes; a plain baseline."
    source: ClassVar[str] = "Lewis and Gale 1994, section 4"

    def score(self, view: View) -> FloatArray:
        """Return 1 − p(first) (n,)."""
        return np.asarray(1.0 - two_largest(read_proba(view))[0])

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the likeliest class and how little the model trusts it."""
        return [
            f"the model's best guess is “{a}”, at {p:.0%} only"
            if a
            else f"the model trusts its best guess to {p:.0%} only"
            for a, _, p, _ in leaders(view, rows)
        ]


class Margin(Ranking):
    """Score 1 − (p(first) − p(second)): the two likeliest classes are close.

    Source: Scheffer et al. 2001; "breaking ties" in Schröder et al. 2022.
    """

    name: ClassVar[str] = "margin"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "The bar: above random on 24 of 26 sets in a large re-benchmark, and on most of ours."
    )
    source: ClassVar[str] = "Scheffer et al. 2001; Schröder et al. 2022, section 3 (breaking ties)"

    def score(self, view: View) -> FloatArray:
        """Return 1 − margin (n,)."""
        return np.asarray(1.0 - margins(read_proba(view)))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the two classes."""
        return wavering(view, rows)


class Entropy(Ranking):
    """Score the entropy of the class probabilities. Often below random with many classes.

    Source: Shannon entropy, as in Settles 2009, section 3.1.
    """

    name: ClassVar[str] = "entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "Below random on several of our sets with many classes; margin is the better one."
    )
    source: ClassVar[str] = "Settles 2009, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        return entropies(read_proba(view))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many classes the model is spread."""
        return [f"the model is torn between about {np.exp(score):.1f} answers" for score in scores]

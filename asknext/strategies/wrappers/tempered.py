"""Tempered: show a strategy probabilities of another temperature."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.wrapping import Wrapper, positive, ranks, reasons_of, scores_of

SOFTENED = ("proba", "labelled_proba", "reference_proba", "committee_proba")


def softened(proba: FloatArray, temperature: float) -> FloatArray:
    """Return softmax(log p / temperature) over the last axis; above 1 evens out. NaN stays NaN.

    >>> softened(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    proba = proba.astype(np.promote_types(proba.dtype, np.float32), copy=False)
    powered = (proba / proba.max(axis=-1, keepdims=True)) ** (1.0 / temperature)
    return np.asarray(powered / powered.sum(axis=-1, keepdims=True))


class Tempered(Wrapper):
    """Show the strategy class probabilities as softmax(logits / temperature).

    A temperature above 1 softens an overconfident model, below 1 it sharpens; at 1 nothing
    changes. Orders of candidates by margin or entropy change with more than two classes.
    """

    wrapper: ClassVar[str] = "tempered"
    serves: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "Calibration helps people read probabilities; that it helps selection with few labels is "
        "not settled. Uncertainty herding scales by temperature."
    )
    source: ClassVar[str] = "Guo et al. 2017, section 4.2 (temperature scaling)"

    def __init__(self, strategy: Strategy, temperature: float = 2.0) -> None:
        super().__init__(strategy)
        self.temperature = positive(self.wrapper, "temperature", temperature)

    @property
    def ranks(self) -> bool:
        """Tell whether the strategy inside gives each candidate a score."""
        return ranks(self.strategy)

    def score(self, view: View) -> FloatArray:
        """Return the scores (n,) of the strategy inside."""
        return scores_of(self.strategy, self.shown(view))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the reasons of the strategy inside."""
        return reasons_of(self.strategy, self.shown(view), rows)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return the picks of the strategy inside."""
        found = self.strategy.select(self.shown(view), k, rng)
        return Picks(tuple(map(self.named, found)), found.state)

    def shown(self, view: View) -> View:
        """Return the view with softened probabilities."""
        there = [name for name in SOFTENED if name in view.provides]
        return view.showing({name: partial(self._softened, view, name) for name in there})

    def _softened(self, view: View, name: str) -> Any:
        return softened(np.asarray(view.array(name)), self.temperature)

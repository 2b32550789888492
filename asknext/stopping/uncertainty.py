"""Uncertainty: stop when the model is sure of what nobody labelled."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict


class OverallUncertainty:
    """Stop when the mean uncertainty on the fixed stop set falls below a threshold.

    Uncertainty lies between 0 and 1: the entropy of the classes, labels or tags as a share of
    the largest possible; for texts, numbers and preferences 1 minus the confidence. Labels that
    contradict each other keep it up for ever; a model that is too sure brings it down too soon,
    so calibrated probabilities are used.

    Source: Zhu, Wang and Hovy 2008 and Zhu et al. 2010, overall uncertainty. They take all of
    the pool; we take the stop set, at most 2,000 of it.

    >>> OverallUncertainty(below=0.05).judge([Moment(answers=90, uncertainty=0.03)]).stop
    True
    """

    name: ClassVar[str] = "uncertainty"

    def __init__(self, *, below: float = 0.05) -> None:
        if not 0.0 < below <= 1.0:
            raise InvalidInput(f"the uncertainty must lie in (0, 1]; given: {below}")
        self.below = below

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict on the newest moment with an uncertainty."""
        known = [m.uncertainty for m in history if not isnan(m.uncertainty)]
        if not known:
            reason = (
                "0 measurements say how unsure the model is of unlabelled examples; it takes 1, "
                "and a model that gives probabilities."
            )
            return Verdict(self.name, False, reason, {"below": self.below})
        found = known[-1]
        stop = found < self.below
        state = "is sure of" if stop else "is still unsure of"
        sign = "below" if stop else "not below"
        reason = (
            f"The model {state} unlabelled examples: its mean uncertainty is {found:.3f} "
            f"(0 sure, 1 guessing), {sign} the {self.below:g} that is needed."
        )
        return Verdict(self.name, stop, reason, {"uncertainty": found, "below": self.below})

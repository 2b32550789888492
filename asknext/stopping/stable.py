"""Stable: stop when new labels no longer change what the model says."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict

STEP = 5  # answers between two models that are compared
ROUNDING = 1e-9  # three times 0.99 do not add up to exactly 2.97


class StablePredictions:
    """Stop when the mean agreement of the last models on the fixed stop set is high enough.

    Moments without an agreement are left out. Those closer than 5 answers to each other count
    as one step, with 1 − Σ(1 − κ) as its agreement, so that measuring more often, with hardly
    anything learnt in between, does not look like stability.

    Source: Bloodgood and Vijay-Shanker 2009, section 4: κ ≥ 0.99, averaged over three models.

    >>> history = [Moment(answers=20 * i, agreement=0.995) for i in range(1, 4)]
    >>> StablePredictions(kappa=0.99, window=3).judge(history).stop
    True
    """

    name: ClassVar[str] = "stable"

    def __init__(self, *, kappa: float = 0.99, window: int = 3) -> None:
        if not 0.0 < kappa <= 1.0:
            raise InvalidInput(f"kappa must lie in (0, 1]; given: {kappa}")
        if window < 1:
            raise InvalidInput(f"window must be at least 1; given: {window}")
        self.kappa = kappa
        self.window = window

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says so while there are fewer than `window` comparisons."""
        steps = agreements(history)[-self.window :]
        numbers = {"needed": self.kappa, "window": float(self.window), "known": float(len(steps))}
        if len(steps) < self.window:
            reason = (
                f"{len(steps)} of {self.window} comparisons of one model with the next are there; "
                "it takes all of them to tell whether the predictions are stable."
            )
            return Verdict(self.name, False, reason, numbers)
        mean = sum(steps) / len(steps)
        stop = mean >= self.kappa - ROUNDING
        state = "have become stable" if stop else "still change"
        sign = "at least" if stop else "below"
        reason = (
            f"The predictions {state}: over the last {self.window} comparisons the models agree "
            f"with a mean kappa of {mean:.4f}, {sign} the {self.kappa:g} that is needed."
        )
        return Verdict(self.name, stop, reason, numbers | {"kappa": mean})


def agreements(history: Sequence[Moment]) -> list[float]:
    """Return the agreement of each step of at least 5 answers, oldest first, NaN left out.

    >>> agreements([Moment(20, agreement=0.9), Moment(22, agreement=0.98), Moment(30, agreement=1)])
    [0.9, 0.98]
    """
    known = [(m.answers, 1.0 - m.agreement) for m in history if not isnan(m.agreement)]
    return [1.0 - loss for loss in steps(known)]


def steps(changes: Sequence[tuple[int, float]]) -> list[float]:
    """Add up the changes, given as (answers, change), over steps of at least 5 answers.

    >>> steps([(20, 0.25), (22, 0.125), (30, 0.5)])
    [0.25, 0.625]
    """
    found: list[float] = []
    start, total = -STEP, 0.0
    for answers, change in changes:
        total += change
        if answers - start >= STEP:
            found.append(total)
            start, total = answers, 0.0
    return found

"""Predicted change: stop when the next models are not expected to score any differently."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict
from asknext.stopping.stable import steps


class PredictedChange:
    """Stop when the predicted change of F1 stays below a threshold for several models running.

    The newest model's predictions on the stop set are taken for the truth: the F1 of the last
    model against them falls short of 1 by the predicted change. Classes and sets of labels count
    by macro F1, spans by the F1 of all spans; numbers, texts and preferences by the mean score
    of the project's metric. Measurements closer than 5 answers count as one, added up.

    It says how much the score may move, not in which direction, and nothing of how good it is.

    Source: Altschuler and Bloodgood 2019 (F1 of two classes from the table of both models'
    predictions: 1 − 2a / (2a + b + c)). We average over classes and demand every one of the
    last `window` changes to be small.

    >>> history = [Moment(answers=20 * i, change=0.01) for i in range(1, 4)]
    >>> PredictedChange(below=0.02, window=3).judge(history).stop
    True
    """

    name: ClassVar[str] = "predicted_change"

    def __init__(self, *, below: float = 0.02, window: int = 3) -> None:
        if not 0.0 < below <= 1.0:
            raise InvalidInput(f"the change must lie in (0, 1]; given: {below}")
        if window < 1:
            raise InvalidInput(f"window must be at least 1; given: {window}")
        self.below = below
        self.window = window

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says so while there are fewer than `window` changes."""
        known = [(m.answers, m.change) for m in history if not isnan(m.change)]
        last = steps(known)[-self.window :]
        numbers = {"below": self.below, "window": float(self.window), "known": float(len(last))}
        if len(last) < self.window:
            reason = (
                f"{len(last)} of {self.window} predicted changes of the score are there; it takes "
                "all of them to tell whether it still moves."
            )
            return Verdict(self.name, False, reason, numbers)
        most = max(last)
        stop = most < self.below
        state = "hardly moves" if stop else "may still move"
        sign = "below" if stop else "not below"
        reason = (
            f"The score {state}: over the last {self.window} comparisons its predicted change is "
            f"{100 * most:.1f} points at most, {sign} the {100 * self.below:g} that are allowed."
        )
        return Verdict(self.name, stop, reason, numbers | {"change": most, "newest": last[-1]})

"""Slope: stop when the measured curve has become flat, and surely so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict
from asknext.stopping.trend import MEASURED, POINTS, SPREAD, trend

LEVEL = 0.9


class Slope:
    """Stop when even the upper end of what the next answers may bring is less than `gain`.

    The gain of `ahead` more answers comes from a line through the measured quality over the
    logarithm of the answers; the interval is one of 90 %, so its upper end is passed with 5 %.
    With few random answers it is wide, and the rule waits: that is its point.

    >>> flat = [Moment(50 * i, estimate=0.9, low=0.88, high=0.92, n=900) for i in range(1, 20)]
    >>> Slope(gain=0.02, ahead=100).judge(flat).stop
    True
    """

    name: ClassVar[str] = "slope"

    def __init__(self, *, gain: float = 0.01, ahead: int = 100) -> None:
        if not 0.0 < gain <= 1.0:
            raise InvalidInput(f"gain must lie in (0, 1]; given: {gain}")
        if ahead < 1:
            raise InvalidInput(f"ahead must be at least 1; given: {ahead}")
        self.gain = gain
        self.ahead = ahead

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says so while there is no line to draw."""
        numbers = {"needed": self.gain, "ahead": float(self.ahead)}
        line = trend(history)
        if line is None:
            return Verdict(self.name, False, too_short(), numbers)
        gain, low, high = line.gain(self.ahead, LEVEL)
        stop = high < self.gain
        state = "is flat" if stop else "may still rise"
        sign = "below" if stop else "not surely below"
        reason = (
            f"The measured curve {state}: {self.ahead} more answers bring {100 * gain:.1f} points, "
            f"between {100 * low:.1f} and {100 * high:.1f} with 90 % confidence, {sign} the "
            f"{100 * self.gain:g} that are asked for."
        )
        found = {"gain": gain, "low": low, "high": high, "points": float(line.points)}
        return Verdict(self.name, stop, reason, numbers | found)


def too_short() -> str:
    """Say what a curve needs before its slope can be told."""
    return (
        f"The measured curve is too short to tell its slope: it takes {POINTS} measurements on "
        f"{MEASURED} random answers each, and {SPREAD:g} times the answers of the first of them."
    )

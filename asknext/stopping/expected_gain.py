"""Expected gain: stop when more answers cost more than the quality they bring is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict
from asknext.stopping.slope import LEVEL
from asknext.stopping.trend import MEASURED, expected

TOO_EARLY = (
    "It is too early to say what more answers bring: the model does not say how sure it is, and "
    f"there are fewer than {MEASURED} random answers."
)


class ExpectedGain:
    """Stop when the next answers are expected to cost more than they bring.

    `point` is what one percentage point of quality is worth, `answer` what an answer costs, in
    the same money. What `ahead` more answers bring is what is usual at so many errors, and more
    and more what the measured curve says (`trend.expected`). The expected value decides, the
    interval is told. Combine with `patience` where a single unlucky measurement must not decide.

    Source: Pullar-Strecker et al. 2022, which judges stop rules by label cost plus error cost.

    >>> flat = [Moment(50 * i, estimate=0.9, low=0.88, high=0.92, n=900) for i in range(1, 20)]
    >>> ExpectedGain(point=100, answer=0.5).judge(flat).stop
    True
    """

    name: ClassVar[str] = "expected_gain"

    def __init__(self, *, point: float, answer: float, ahead: int = 10) -> None:
        for what, price in (("point", point), ("answer", answer)):
            if not 0.0 < price < float("inf"):
                raise InvalidInput(f"the price of one {what} must be above 0; given: {price}")
        if ahead < 1:
            raise InvalidInput(f"ahead must be at least 1; given: {ahead}")
        self.point = point
        self.answer = answer
        self.ahead = ahead

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says so while nothing tells how good the model is."""
        cost = self.answer * self.ahead
        numbers = {"cost": cost, "ahead": float(self.ahead)}
        line = expected(history)
        if line is None:
            return Verdict(self.name, False, TOO_EARLY, numbers)
        worth, low, high = (100 * self.point * x for x in line.gain(self.ahead, LEVEL))
        stop = worth < cost
        state = "no longer pay" if stop else "still pay"
        reason = (
            f"More answers {state}: {self.ahead} of them cost {cost:.2f} and are expected to bring "
            f"quality worth {worth:.2f}, between {low:.2f} and {high:.2f} with 90 % confidence."
        )
        return Verdict(
            self.name, stop, reason, numbers | {"worth": worth, "low": low, "high": high}
        )

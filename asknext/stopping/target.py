"""Target: stop when the quality is high enough, and surely so."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict

MEASURED = 20


class Target:
    """Stop when the lower end of the quality's 95 % interval reaches a target.

    The newest moment with a measurement counts, once at least 20 random answers stand behind it.

    >>> moment = Moment(answers=200, estimate=0.95, low=0.91, high=0.98, n=150)
    >>> Target(quality=0.9).judge([moment]).stop
    True
    """

    name: ClassVar[str] = "target"

    def __init__(self, *, quality: float = 0.9) -> None:
        if not 0.0 < quality <= 1.0:
            raise InvalidInput(f"the target quality must lie in (0, 1]; given: {quality}")
        self.quality = quality

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says so while there is too little data."""
        known = [m for m in history if m.n > 0 and not isnan(m.low) and not isnan(m.estimate)]
        if not known or known[-1].n < MEASURED:
            n = known[-1].n if known else 0
            reason = (
                f"Quality is measured on {n} answers so far; at least {MEASURED} are needed to "
                f"compare it with the target of {self.quality:.1%}."
            )
            return Verdict(self.name, False, reason, {"n": float(n), "target": self.quality})
        last = known[-1]
        stop = last.low >= self.quality
        found = (
            f"quality is {last.estimate:.1%}, between {last.low:.1%} and {last.high:.1%} with "
            f"95 % confidence, measured on {last.n} answers"
        )
        tail = "is reached" if stop else "is not surely reached yet"
        reason = f"The target of {self.quality:.1%} {tail}: {found}."
        return Verdict(self.name, stop, reason, _numbers(last, self.quality))


def _numbers(moment: Moment, target: float) -> dict[str, float]:
    return {
        "estimate": moment.estimate,
        "low": moment.low,
        "high": moment.high,
        "n": float(moment.n),
        "target": target,
    }

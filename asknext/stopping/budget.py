"""Budget: stop when the answers or the minutes are used up."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict


class Budget:
    """Stop at a number of answers, of minutes of annotation, or whichever comes first.

    >>> Budget(answers=100).judge([Moment(answers=40)]).reason
    '40 of 100 answers are used.'
    """

    name: ClassVar[str] = "budget"

    def __init__(self, *, answers: int | None = None, minutes: float | None = None) -> None:
        if answers is None and minutes is None:
            raise InvalidInput("a budget needs answers, minutes or both; given: neither")
        for what, limit in (("answers", answers), ("minutes", minutes)):
            if limit is not None and not limit > 0:
                raise InvalidInput(f"the budget of {what} must be above 0; given: {limit}")
        self.answers = answers
        self.minutes = minutes

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict on the newest moment; nothing is used up before the first."""
        last = history[-1] if history else Moment(answers=0)
        used = {
            what: (spent, limit)
            for what, spent, limit in (
                ("answers", float(last.answers), self.answers),
                ("minutes", last.minutes, self.minutes),
            )
            if limit is not None
        }
        over = [what for what, (spent, limit) in used.items() if spent >= limit]
        # Rounded down: 4.99 of 5 minutes must not read as 5 of 5.
        parts = [
            f"{floor(10 * spent) / 10:.10g} of {limit:.10g} {what}"
            for what, (spent, limit) in used.items()
        ]
        spent_so_far = " and ".join(parts)
        reason = f"{spent_so_far} are used."
        if over:
            reason = f"The budget of {' and '.join(over)} is used up: {spent_so_far}."
        numbers = {what: spent for what, (spent, _) in used.items()}
        numbers |= {f"{what}_limit": float(limit) for what, (_, limit) in used.items()}
        return Verdict(self.name, bool(over), reason, numbers)

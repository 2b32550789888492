"""Budget: stop when the answers, the minutes or the money are used up."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict


class Budget:
    """Stop at a number of answers, of minutes of annotation, or of money, whichever comes first.

    Money is what people are paid: `per_answer` for each answer that was given, corrections and
    second opinions included, and `per_hour` for the time that they took; one of both at least.

    >>> Budget(answers=100).judge([Moment(answers=40)]).reason
    '40 of 100 answers are used.'
    >>> Budget(money=50, per_answer=0.2, per_hour=30).judge([Moment(40, minutes=60)]).reason
    '38 of 50 money is used.'
    """

    name: ClassVar[str] = "budget"

    def __init__(
        self,
        *,
        answers: int | None = None,
        minutes: float | None = None,
        money: float | None = None,
        per_answer: float = 0.0,
        per_hour: float = 0.0,
    ) -> None:
        self._limits = {"answers": answers, "minutes": minutes, "money": money}
        if all(limit is None for limit in self._limits.values()):
            raise InvalidInput("a budget needs answers, minutes or money; given: none of them")
        for what, limit in self._limits.items():
            if limit is not None and not limit > 0:
                raise InvalidInput(f"the budget of {what} must be above 0; given: {limit}")
        if not (per_answer >= 0 and per_hour >= 0):
            raise InvalidInput(
                f"per_answer and per_hour must not be negative; given: {per_answer} and {per_hour}"
            )
        if money is not None and per_answer + per_hour == 0:
            raise InvalidInput("a budget of money needs per_answer, per_hour or both; given: 0")
        self.per_answer = per_answer
        self.per_hour = per_hour

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict on the newest moment; nothing is used up before the first."""
        last = history[-1] if history else Moment(answers=0)
        spent = {
            "answers": float(last.answers),
            "minutes": last.minutes,
            "money": self.spent(last),
        }
        used = {
            what: (spent[what], limit) for what, limit in self._limits.items() if limit is not None
        }
        over = [what for what, (so_far, limit) in used.items() if so_far >= limit]
        # Rounded down: 4.99 of 5 minutes must not read as 5 of 5.
        parts = [
            f"{floor(10 * so_far) / 10:.10g} of {limit:.10g} {what}"
            for what, (so_far, limit) in used.items()
        ]
        spent_so_far = " and ".join(parts)
        reason = f"{spent_so_far} {'is' if list(used) == ['money'] else 'are'} used."
        if over:
            reason = f"The budget of {' and '.join(over)} is used up: {spent_so_far}."
        numbers = {what: so_far for what, (so_far, _) in used.items()}
        numbers |= {f"{what}_limit": float(limit) for what, (_, limit) in used.items()}
        return Verdict(self.name, bool(over), reason, numbers)

    def spent(self, moment: Moment) -> float:
        """Return the money spent by then; each label is one answer where no more is known."""
        given = moment.answers if isnan(moment.given) else moment.given
        return self.per_answer * given + self.per_hour * moment.minutes / 60.0

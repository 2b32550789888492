"""Patience: stop when a rule has said so several times running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, StopRule, Verdict
from asknext.stopping.compose import checked_rule, named


class Patience:
    """Stop when a rule says stop at each of the last `times` moments.

    `rule` is a rule, or a registered name with its `arguments`. Moments without a new answer
    count as one, so that looking more often is no patience.

    >>> rule = Patience("budget", arguments={"answers": 20}, times=2)
    >>> [rule.judge([Moment(10), Moment(20), Moment(30)][:n]).stop for n in (1, 2, 3)]
    [False, False, True]
    """

    name: ClassVar[str] = "patience"

    def __init__(
        self,
        rule: str | StopRule,
        *,
        arguments: Mapping[str, Any] | None = None,
        times: int = 3,
    ) -> None:
        if times < 1:
            raise InvalidInput(f"times must be at least 1; given: {times}")
        made = named(rule, arguments or {}) if isinstance(rule, str) else rule
        self.rule = checked_rule(made)
        self.times = times

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; its reason is that of the rule on the newest moment."""
        newest = self.rule.judge(history)
        row = self._row(history)
        stop = row >= self.times
        reason = f"Said {row} times in a row of the {self.times} needed: {newest.reason}"
        numbers = {f"{newest.rule}.{key}": value for key, value in newest.numbers.items()}
        return Verdict(
            self.name, stop, reason, numbers | {"row": float(row), "times": float(self.times)}
        )

    def _row(self, history: Sequence[Moment]) -> int:
        """Count the last moments, at most `times`, at which the rule says stop."""
        ends = [
            i
            for i in range(1, len(history) + 1)
            if i == len(history) or history[i].answers != history[i - 1].answers
        ]
        row = 0
        for end in reversed(ends):
            if row == self.times or not self.rule.judge(history[:end]).stop:
                break
            row += 1
        return row

"""Compose: several rules as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, StopRule, Verdict

Rules = Sequence[StopRule] | Mapping[str, Mapping[str, Any]]
"""Rules, or as settings write them: name to arguments."""


class AnyOf:
    """Stop as soon as one of the rules says so; its reason is theirs.

    >>> rule = AnyOf({"budget": {"answers": 9}, "target": {"quality": 0.9}})
    >>> rule.judge([Moment(answers=9)]).stop
    True
    """

    name: ClassVar[str] = "any_of"

    def __init__(self, rules: Rules) -> None:
        self.rules = _checked(rules)

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict of all rules together."""
        verdicts = [rule.judge(history) for rule in self.rules]
        stopping = [verdict for verdict in verdicts if verdict.stop]
        return _joined(self.name, bool(stopping), stopping or verdicts, verdicts)


class AllOf:
    """Stop when every one of the rules says so; until then its reason is that of the others."""

    name: ClassVar[str] = "all_of"

    def __init__(self, rules: Rules) -> None:
        self.rules = _checked(rules)

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict of all rules together."""
        verdicts = [rule.judge(history) for rule in self.rules]
        waiting = [verdict for verdict in verdicts if not verdict.stop]
        return _joined(self.name, not waiting, waiting or verdicts, verdicts)


def any_of(*rules: StopRule) -> AnyOf:
    """Combine rules: one is enough to stop.

    >>> from asknext.stopping.budget import Budget
    >>> any_of(Budget(answers=9), Budget(minutes=5)).judge([Moment(answers=9)]).reason
    'The budget of answers is used up: 9 of 9 answers.'
    """
    return AnyOf(rules)


def all_of(*rules: StopRule) -> AllOf:
    """Combine rules: all are needed to stop.

    >>> from asknext.stopping.budget import Budget
    >>> all_of(Budget(answers=9), Budget(minutes=5)).judge([Moment(answers=9)]).reason
    '0 of 5 minutes are used.'
    """
    return AllOf(rules)


def named(name: str, arguments: Mapping[str, Any]) -> StopRule:
    """Make a rule from its registered name and arguments.

    Raises:
        NotFound: no rule has this name.
    """
    rule: StopRule = registry.get("stop_rule", name)(**arguments)
    return rule


def _checked(rules: Rules) -> tuple[StopRule, ...]:
    if not rules:
        raise InvalidInput("no rules to combine; give at least one")
    if isinstance(rules, Mapping):
        return tuple(named(name, arguments) for name, arguments in rules.items())
    return tuple(checked_rule(rule) for rule in rules)


def checked_rule(rule: Any) -> StopRule:
    """Return a stop rule; raises InvalidInput where it is none."""
    if not isinstance(rule, StopRule):
        raise InvalidInput(
            f"{rule!r} is no stop rule; give rules, or an object of names and arguments"
        )
    return rule


def _joined(name: str, stop: bool, told: Sequence[Verdict], verdicts: Sequence[Verdict]) -> Verdict:
    # The place is part of the key: two rules of one kind may be combined.
    numbers = {
        f"{i}.{verdict.rule}.{key}": value
        for i, verdict in enumerate(verdicts)
        for key, value in verdict.numbers.items()
    }
    return Verdict(name, stop, " ".join(verdict.reason for verdict in told), numbers)

"""Check that a stop rule keeps the contract; for built-ins and for plug-ins.

`check_stop_rule(MyRule())` runs every check; each raises AssertionError with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite, nan

from asknext.core.protocols import Moment, StopRule

HISTORIES: dict[str, tuple[Moment, ...]] = {
    "nothing yet": (),
    "nothing measured": (Moment(answers=1), Moment(answers=11, minutes=0.5)),
    "one measured": (Moment(answers=20, estimate=0.5, low=0.0, high=1.0, n=2),),
    "unknown agreement": tuple(
        Moment(answers=20 * i, estimate=0.9, low=0.85, high=0.94, n=10 * i, agreement=nan)
        for i in range(1, 9)
    ),
    "long and good": tuple(
        Moment(
            answers=20 * i,
            estimate=0.99,
            low=0.97,
            high=1.0,
            n=20 * i,
            agreement=1.0,
            minutes=5.0 * i,
        )
        for i in range(1, 2000)
    ),
    "all that is measured": tuple(
        Moment(
            answers=50 * i,
            estimate=0.7 + 0.01 * i,
            low=0.65 + 0.01 * i,
            high=0.75 + 0.01 * i,
            n=20 * i,
            agreement=0.98,
            minutes=5.0 * i,
            uncertainty=0.5 / i,
            confidence=1.0 - 0.3 / i,
            change=0.1 / i,
            given=60.0 * i,
            searched=1000.0,
            drawn=25.0 * i,
            found={"rare": (3 * i, i), "common": (47 * i, 24 * i)},
            seen={"rare": (i, 1)},
        )
        for i in range(1, 20)
    ),
    "taken back": (Moment(answers=40, agreement=0.5), Moment(answers=10, agreement=0.4)),
}


def check_stop_rule(rule: StopRule) -> None:
    """Run all checks."""
    for check in CHECKS:
        check(rule)


def check_attributes(rule: StopRule) -> None:
    """It has a name, and its verdicts carry it."""
    assert isinstance(rule, StopRule), "it lacks a part of the StopRule protocol"
    assert rule.name, "its name is empty"
    assert rule.judge(()).rule == rule.name, "the verdict names another rule"


def check_empty(rule: StopRule) -> None:
    """An empty history, or one without measurements, is no reason to stop."""
    for case in ("nothing yet", "nothing measured"):
        assert not rule.judge(HISTORIES[case]).stop, f"it stops with {case}"


def check_verdicts(rule: StopRule) -> None:
    """Every verdict has a sentence as its reason, and finite numbers."""
    for case, history in HISTORIES.items():
        verdict = rule.judge(history)
        reason = verdict.reason.strip()
        assert reason.endswith("."), f"{case}: the reason is no sentence: {reason!r}"
        assert any(sign.isdigit() for sign in reason), f"{case}: no number in {reason!r}"
        for name, number in verdict.numbers.items():
            assert isfinite(number), f"{case}: {name} is {number}"


def check_repeatable(rule: StopRule) -> None:
    """The same history gives the same verdict, whatever was judged before; nothing changes."""
    for history in HISTORIES.values():
        given = list(history)
        first = rule.judge(given)
        rule.judge(HISTORIES["long and good"])
        assert rule.judge(tuple(history)) == first, "a second judgement differs"
        assert given == list(history), "it changed the history"


CHECKS: Sequence[Callable[[StopRule], None]] = (
    check_attributes,
    check_empty,
    check_verdicts,
    check_repeatable,
)

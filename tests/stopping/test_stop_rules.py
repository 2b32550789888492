"""Stop rules: when they stop, and the numbers in their reasons."""

from __future__ import annotations

from math import nan

import pytest

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment
from asknext.stopping.budget import Budget
from asknext.stopping.compose import all_of, any_of
from asknext.stopping.stable import StablePredictions, agreements
from asknext.stopping.target import Target


@pytest.mark.parametrize(
    ("limits", "moment", "stop", "reason"),
    [
        ({"answers": 100}, Moment(99), False, "99 of 100 answers are used."),
        ({"answers": 100}, Moment(100), True, "The budget of answers is used up: 100 of 100"),
        ({"minutes": 5}, Moment(7, minutes=4.99), False, "4.9 of 5 minutes are used."),
        ({"minutes": 5.0}, Moment(7, minutes=5.0), True, "The budget of minutes is used up"),
        (
            {"answers": 2_000_000, "minutes": 5},
            Moment(1_000_000, minutes=6),
            True,
            "The budget of minutes is used up: 1000000 of 2000000 answers and 6 of 5 minutes.",
        ),
    ],
)
def test_budget(limits, moment, stop, reason):
    verdict = Budget(**limits).judge([Moment(1), moment])
    assert verdict.stop is stop
    assert verdict.reason.startswith(reason)
    assert set(verdict.numbers) == {*limits, *(f"{name}_limit" for name in limits)}


@pytest.mark.parametrize("limits", [{}, {"answers": 0}, {"minutes": -1.0}, {"minutes": nan}])
def test_a_budget_must_limit_something(limits):
    with pytest.raises(InvalidInput, match="budget"):
        Budget(**limits)


def measured(low, n, estimate=0.93):
    return Moment(answers=200, estimate=estimate, low=low, high=0.97, n=n)


@pytest.mark.parametrize(
    ("history", "stop"),
    [
        ([measured(0.90, 100)], True),
        ([measured(0.8999, 100)], False),
        ([measured(0.95, 19)], False),
        ([measured(0.95, 20)], True),
        ([measured(0.95, 100), measured(0.85, 120)], False),
        ([measured(0.95, 100), Moment(answers=210)], True),
        ([measured(nan, 100)], False),
    ],
)
def test_target(history, stop):
    assert Target(quality=0.9).judge(history).stop is stop


def test_target_states_its_numbers():
    verdict = Target(quality=0.9).judge([measured(0.851, 140)])
    assert verdict.reason == (
        "The target of 90.0% is not surely reached yet: quality is 93.0%, between 85.1% and "
        "97.0% with 95 % confidence, measured on 140 answers."
    )
    assert verdict.numbers == {
        "estimate": 0.93,
        "low": 0.851,
        "high": 0.97,
        "n": 140.0,
        "target": 0.9,
    }


def test_target_says_that_there_is_too_little_data():
    assert Target(quality=0.9).judge([measured(0.95, 7)]).reason == (
        "Quality is measured on 7 answers so far; at least 20 are needed to compare it with the "
        "target of 90.0%."
    )


@pytest.mark.parametrize("quality", [0.0, 1.01, nan, 90.0])
def test_target_is_a_share(quality):
    with pytest.raises(InvalidInput, match="target quality"):
        Target(quality=quality)


def agreeing(*values, every=20):
    return [Moment(answers=every * i, agreement=x) for i, x in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "stop"),
    [
        ((0.99, 0.99, 0.99), True),
        ((1.0, 1.0), False),
        ((0.5, 0.98, 0.99, 1.0), True),
        ((0.98, 0.99, 0.999), False),
        ((0.99, 0.99, 0.99, 0.9), False),
        ((nan, 0.99, nan, 1.0, 0.995, nan), True),
        ((nan, nan, nan, nan), False),
        ((), False),
    ],
)
def test_stable(values, stop):
    assert StablePredictions(kappa=0.99, window=3).judge(agreeing(*values)).stop is stop


def test_stable_states_its_numbers():
    rule = StablePredictions(kappa=0.99, window=2)
    verdict = rule.judge(agreeing(0.2, 0.97, 0.99))
    assert verdict.reason == (
        "The predictions still change: over the last 2 comparisons the models agree with a mean "
        "kappa of 0.9800, below the 0.99 that is needed."
    )
    assert verdict.numbers["kappa"] == pytest.approx(0.98)
    assert rule.judge(agreeing(0.97)).reason.startswith("1 of 2 comparisons")


def test_measuring_again_without_new_answers_is_no_stability():
    history = [Moment(answers=40, agreement=0.8), *[Moment(answers=41, agreement=1.0)] * 9]
    assert not StablePredictions(window=2).judge(history).stop


def test_small_steps_add_up():
    # 0.996 from answer to answer looks stable; over five answers it is not.
    history = agreeing(*[0.996] * 40, every=1)
    assert agreements(history)[1:] == pytest.approx([0.98] * 7)
    assert not StablePredictions().judge(history).stop


@pytest.mark.parametrize("wrong", [{"kappa": 0.0}, {"kappa": 1.1}, {"window": 0}])
def test_stable_refuses_what_makes_no_sense(wrong):
    with pytest.raises(InvalidInput, match="must"):
        StablePredictions(**wrong)


def test_combined_rules():
    early, late = Budget(answers=10), Budget(answers=20)
    history = [Moment(answers=15)]
    assert any_of(early, late).judge(history).stop
    assert not all_of(early, late).judge(history).stop
    assert all_of(early, late).judge([Moment(answers=20)]).stop
    assert not any_of(early, late).judge([Moment(answers=5)]).stop


def test_combined_reasons_are_those_that_decide():
    early, late = Budget(answers=10), Budget(answers=20)
    history = [Moment(answers=15)]
    assert any_of(early, late).judge(history).reason == early.judge(history).reason
    assert all_of(early, late).judge(history).reason == late.judge(history).reason
    both = any_of(early, late).judge([Moment(answers=5)])
    assert both.reason == "5 of 10 answers are used. 5 of 20 answers are used."
    assert both.numbers["1.budget.answers_limit"] == 20


@pytest.mark.parametrize("combine", [any_of, all_of])
def test_nothing_to_combine(combine):
    with pytest.raises(InvalidInput, match="at least one"):
        combine()

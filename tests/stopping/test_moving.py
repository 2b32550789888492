"""Rules about movement and worth: uncertainty, predicted change, slope, expected gain, patience."""

from __future__ import annotations

from dataclasses import replace
from math import log2, nan

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotFound
from asknext.core.protocols import Moment
from asknext.core.seeds import generator
from asknext.stopping.budget import Budget
from asknext.stopping.compose import AllOf, AnyOf
from asknext.stopping.expected_gain import ExpectedGain
from asknext.stopping.patience import Patience
from asknext.stopping.predicted_change import PredictedChange
from asknext.stopping.slope import Slope
from asknext.stopping.stable import StablePredictions
from asknext.stopping.trend import expected, trend
from asknext.stopping.uncertainty import OverallUncertainty


@pytest.mark.parametrize(
    ("values", "stop"),
    [((0.2, 0.04), True), ((0.04, 0.05), False), ((0.01, nan), True), ((nan,), False), ((), False)],
)
def test_uncertainty(values, stop):
    history = [Moment(10 * i, uncertainty=x) for i, x in enumerate(values, start=1)]
    assert OverallUncertainty(below=0.05).judge(history).stop is stop


def changing(*values, every=20):
    return [Moment(every * i, change=x) for i, x in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("history", "stop"),
    [
        (changing(0.5, 0.01, 0.01, 0.019), True),
        (changing(0.01, 0.01, 0.02), False),
        (changing(0.0, 0.0), False),
        (changing(0.01, nan, 0.01, 0.01), True),
        (changing(*[0.008] * 30, every=1), False),  # five of these make a step
    ],
)
def test_predicted_change(history, stop):
    assert PredictedChange(below=0.02, window=3).judge(history).stop is stop


def curve(seed, rise, *, n=400, top=0.6, share=None):
    """Quality measured on n shared answers, or on a share of all: each is right from its own on."""
    rng = generator(seed, "curve")
    every = rng.random(n)
    flips = 0.03  # of the answers another model gets wrong for no reason
    history = []
    for answers in range(100, 420, 20):
        true = top + rise * log2(answers / 100)
        needs = every if share is None else every[: int(answers * share)]
        n = len(needs)
        right = (needs < true) ^ (rng.random(n) < flips)
        found = float(right.mean())
        half = 1.96 * (found * (1 - found) / n) ** 0.5
        history.append(Moment(answers, estimate=found, low=found - half, high=found + half, n=n))
    return history


@pytest.mark.parametrize(
    ("rise", "share", "least"),
    [(0.0, None, 0.9), (0.06, None, 0.9), (0.0, 0.5, 0.8), (0.06, 0.5, 0.8)],
)
def test_coverage_of_the_slope(rise, share, least):
    """On a test set of 400, and on a control arm of half the answers, which grows."""
    shrunk = 0.94 * rise  # what flips at random takes from a gain
    held, off = 0, []
    for seed in range(150):
        line = trend(curve(seed, rise, share=share))
        _, low, high = line.gain(100, 0.9)
        held += low <= shrunk * log2((line.answers + 100) / line.answers) <= high
        off.append(line.rise - shrunk)
    assert held / 150 >= least
    assert abs(np.mean(off)) < 0.003  # no bias to speak of


def test_slope_waits_until_it_is_sure():
    flat, few = curve(0, 0.0, n=5000), curve(0, 0.0, n=30)
    assert Slope(gain=0.01).judge(flat).stop
    assert not Slope(gain=0.01).judge(few).stop
    assert not Slope(gain=0.01).judge(curve(0, 0.06, n=5000)).stop


@pytest.mark.parametrize("history", [[], curve(0, 0.0)[:3], curve(0, 0.0, n=19)])
def test_a_curve_may_be_too_short(history):
    assert trend(history) is None
    assert Slope().judge(history).reason.startswith("The measured curve is too short")


@pytest.mark.parametrize("history", [[], curve(0, 0.0, n=19), [Moment(50, agreement=0.9)]])
def test_a_gain_takes_something_that_speaks_of_quality(history):
    assert expected(history) is None
    assert ExpectedGain(point=1, answer=1).judge(history).reason.startswith("It is too early")


def test_before_a_curve_is_measured_the_usual_gain_is_expected():
    """Twice the answers take away a fifth of the errors; the model's guess counts as ten."""
    sure = Moment(100, confidence=0.9)
    assert expected([sure]).rise == pytest.approx(0.2 * 0.1)
    measured = replace(sure, estimate=0.7, low=0.5, high=0.85, n=10)
    assert expected([measured]).rise == pytest.approx(0.2 * 0.2)
    numbers = ExpectedGain(point=10, answer=1, ahead=100).judge([measured]).numbers
    assert numbers["worth"] == pytest.approx(1000 * 0.2 * 0.2)


def test_twenty_right_of_twenty_are_not_all():
    perfect = Moment(100, estimate=1.0, low=0.83, high=1.0, n=20)
    assert expected([perfect]).rise == pytest.approx(0.2 * 0.5 / 21)
    assert not ExpectedGain(point=1000, answer=1, ahead=100).judge([perfect]).stop


@pytest.mark.parametrize("rise", [0.0, 0.02, 0.06])
def test_coverage_of_the_expected_gain(rise):
    """Few answers: what is usual narrows the interval; many: it does not stand in the way."""
    for n in (60, 2000):
        shrunk, held, widths = 0.94 * rise, 0, []
        for seed in range(150):
            history = curve(seed, rise, n=n)
            line, alone = expected(history), trend(history)
            _, low, high = line.gain(100, 0.9)
            held += low <= shrunk * log2((line.answers + 100) / line.answers) <= high
            widths.append(line.error / alone.error)
        assert held / 150 >= 0.85
        assert np.mean(widths) < 1.0


def test_expected_gain_weighs_worth_against_cost():
    history = curve(1, 0.06, n=5000)
    rule = ExpectedGain(point=10, answer=0.1, ahead=100)
    numbers = rule.judge(history).numbers
    assert numbers["worth"] == pytest.approx(1000 * 0.06 * log2(500 / 400), rel=0.3)
    assert numbers["cost"] == pytest.approx(10.0)
    dear = numbers["worth"] / 100 * 1.01
    assert ExpectedGain(point=10, answer=dear, ahead=100).judge(history).stop
    assert not ExpectedGain(point=10, answer=dear / 1.1, ahead=100).judge(history).stop


def test_patience_counts_back_from_the_newest():
    rule = Patience("uncertainty", times=3)
    values = [0.01, 0.2, 0.01, 0.01, 0.01]
    history = [Moment(10 * i, uncertainty=x) for i, x in enumerate(values, start=1)]
    rows = [rule.judge(history[:n]).numbers["row"] for n in range(1, 6)]
    assert rows == [1, 0, 1, 2, 3]
    assert rule.judge(history).stop
    again = [*history[:3], history[2], history[2]]
    assert rule.judge(again).numbers["row"] == 1
    assert rule.judge(history).reason.startswith("Said 3 times in a row of the 3 needed: The model")


def test_patience_takes_a_rule_too():
    assert Patience(Budget(answers=5), times=1).judge([Moment(9)]).stop


def test_rules_are_combined_as_settings_write_them():
    both = AllOf({"budget": {"answers": 5}, "stable": {"window": 1}})
    assert [type(rule) for rule in both.rules] == [Budget, StablePredictions]
    assert both.judge([Moment(9, agreement=1.0)]).stop
    nested = AnyOf({"patience": {"rule": "budget", "arguments": {"answers": 5}, "times": 1}})
    assert nested.judge([Moment(9)]).stop
    with pytest.raises(NotFound, match="no stop rule named 'luck'"):
        AnyOf({"luck": {}})


def test_budget_of_money():
    rule = Budget(money=10, per_answer=0.1, per_hour=30)
    assert not rule.judge([Moment(40, minutes=11.9)]).stop
    assert rule.judge([Moment(40, minutes=12)]).stop
    assert rule.judge([Moment(40, minutes=0, given=100.0)]).stop  # two people each
    assert rule.judge([Moment(40, minutes=12)]).reason == (
        "The budget of money is used up: 10 of 10 money."
    )


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (OverallUncertainty, {"below": 0}),
        (PredictedChange, {"below": 2}),
        (PredictedChange, {"window": 0}),
        (Slope, {"gain": 0}),
        (Slope, {"ahead": 0}),
        (ExpectedGain, {"point": 0, "answer": 1}),
        (ExpectedGain, {"point": 1, "answer": nan}),
        (ExpectedGain, {"point": 1, "answer": 1, "ahead": 0}),
        (Budget, {"money": 5}),
        (Budget, {"money": 5, "per_hour": -1}),
    ],
)
def test_refused_is_what_makes_no_sense(make, wrong):
    with pytest.raises(InvalidInput, match=r"must|needs"):
        make(**wrong)


def test_patience_refuses_no_times():
    with pytest.raises(InvalidInput, match="times must be at least 1"):
        Patience("budget", arguments={"answers": 1}, times=0)

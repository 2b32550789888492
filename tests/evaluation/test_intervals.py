"""Intervals and agreement against slow or published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.agreement import kappa
from asknext.evaluation.intervals import mean_interval, paired_difference, wilson


@pytest.mark.parametrize("n", [1, 7, 50, 5000])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_is_that_of_scipy(n, level):
    for k in {0, 1, n // 2, n}:
        slow = stats.binomtest(k, n).proportion_ci(level, method="wilson")
        assert wilson(k, n, level) == pytest.approx((slow.low, slow.high), abs=1e-12)


def test_wilson_at_the_edges():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    assert wilson(0.1 * 3, 3)[0] > 0  # fractional scores
    for bad in (-1, 11, float("nan")):
        with pytest.raises(InvalidInput, match="successes must lie"):
            wilson(bad, 10)
    with pytest.raises(InvalidInput, match="level"):
        wilson(1, 10, 95)


def test_wilson_covers_as_it_says():
    rng = generator(0, "coverage")
    for share in (0.05, 0.5, 0.9):
        drawn = rng.binomial(60, share, size=2000)
        covered = np.mean([low <= share <= high for low, high in (wilson(k, 60) for k in drawn)])
        assert 0.92 < covered < 0.98


def test_mean_interval_is_students():
    values = generator(0, "values").normal(3, 2, size=12)
    slow = stats.t.interval(0.9, 11, values.mean(), stats.sem(values))
    assert mean_interval(values, 0.9) == pytest.approx((values.mean(), *slow))
    assert mean_interval([2, 2, 2]) == (2, 2, 2)


@pytest.mark.parametrize("values", [[], [1.5], [1.0, float("nan")]])
def test_mean_interval_without_spread_is_nan_and_silent(values):
    mean, low, high = mean_interval(values)
    assert math.isnan(low)
    assert math.isnan(high)
    assert mean == 1.5 if values == [1.5] else math.isnan(mean)


def test_paired_difference_uses_the_pairing():
    rng = generator(1, "pairs")
    hard = rng.normal(0, 1, size=40)  # what both share
    first, second = hard + 0.1 + rng.normal(0, 0.05, 40), hard + rng.normal(0, 0.05, 40)
    difference, low, high = paired_difference(first, second, rng=generator(1, "draws"))
    assert difference == pytest.approx(float(np.mean(first - second)))
    assert 0 < low < difference < high
    assert high - low < 0.1  # unpaired it would be about 0.9
    slow = stats.bootstrap(
        (first - second,), np.mean, method="percentile", rng=generator(1, "slow")
    ).confidence_interval
    assert (low, high) == pytest.approx((slow.low, slow.high), abs=0.005)


def test_paired_difference_at_the_edges():
    rng = generator(0, "edges")
    assert all(math.isnan(x) for x in paired_difference([], [], rng=rng))
    difference, low, high = paired_difference([2.0], [1.0], rng=rng)
    assert (difference, math.isnan(low), math.isnan(high)) == (1.0, True, True)
    with pytest.raises(InvalidInput, match="one length"):
        paired_difference([1, 2], [1], rng=rng)
    again = [paired_difference([1, 2, 4], [0, 2, 3], rng=generator(5, "x")) for _ in range(2)]
    assert again[0] == again[1]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_kappa_is_that_of_scikit_learn(classes):
    rng = generator(classes, "kappa")
    first = rng.integers(classes, size=200)
    second = np.where(rng.random(200) < 0.6, first, rng.integers(classes, size=200))
    assert kappa(first.tolist(), second.tolist()) == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_at_the_edges():
    assert kappa(["a"] * 5, ["a"] * 5) == 1.0
    assert kappa(["a"] * 5, ["b"] * 5) == 0.0
    assert kappa(["是", "否"] * 50, ["是", "否"] * 50) == 1.0
    assert kappa(["a", "b"], ["b", "a"]) == -1.0
    assert math.isnan(kappa([], []))
    with pytest.raises(InvalidInput, match="2 and 1"):
        kappa([1, 2], [1])


def test_the_loop_finds_them_by_name():
    assert registry.get("service", "evaluation.wilson") is wilson
    assert registry.get("service", "evaluation.mean_interval") is mean_interval
    assert registry.get("service", "evaluation.kappa") is kappa

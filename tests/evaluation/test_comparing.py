"""Comparing strategies: each figure against what can be worked out by hand, and against bias."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.evaluation.comparing import (
    holm,
    kaplan_meier,
    log_area,
    mean_ranks,
    sign_flip,
    wilcoxon,
    win_rate,
)
from asknext.evaluation.curves import area


def test_a_log_axis_favours_those_who_learn_early():
    labels = [10, 20, 40, 80]
    early, late = [0.8, 0.8, 0.8, 0.8], [0.5, 0.7, 0.8, 1.0]
    assert area(labels, late) > area(labels, early)
    assert log_area(labels, late) < log_area(labels, early)
    assert log_area(labels, late) == pytest.approx((0.6 + 0.75 + 0.9) / 3)


def test_a_log_axis_has_no_zero():
    with pytest.raises(InvalidInput, match="above 0"):
        log_area([0, 10], [0.5, 0.6])


def test_ties_are_half_a_win():
    assert win_rate([1.0, 1.0], [1.0, 0.0]) == 0.75
    assert win_rate([0.1 + 0.2], [0.3]) == 0.5
    assert np.isnan(win_rate([], []))
    with pytest.raises(InvalidInput, match="one length"):
        win_rate([1.0], [1.0, 2.0])


def test_few_pairs_try_all_signs():
    rng = np.random.default_rng(0)
    assert sign_flip([1.0] * 5, rng) == 2 / 32
    assert sign_flip([3.0, -1.0], rng) == 1.0
    assert sign_flip([2.0, 1.0, -1.0], rng) == 6 / 8  # |sum| >= 2: all but 1 + (1 - 1) flips
    assert sign_flip([0.0, 0.0], rng) == sign_flip([], rng) == 1.0


def test_many_pairs_draw_signs_and_never_give_zero():
    gaps = np.full(20, 0.3)
    assert sign_flip(gaps, np.random.default_rng(1), draws=2000) == pytest.approx(1 / 2001)


def test_drawn_and_tried_signs_agree():
    rng = np.random.default_rng(5)
    gaps = rng.normal(0.4, 1.0, 12)
    tried = sign_flip(gaps, rng)
    signs = 2.0 * rng.integers(2, size=(200_000, 12)) - 1.0
    assert tried == pytest.approx((abs(signs @ gaps) >= abs(gaps.sum())).mean(), abs=0.005)


@pytest.mark.parametrize("n", [10, 20])
def test_the_sign_flip_test_keeps_its_level(n):
    rng = np.random.default_rng(7)
    found = [sign_flip(rng.standard_t(3, n), rng, draws=1000) for _ in range(600)]
    wrong = sum(p <= 0.05 for p in found)
    assert 12 <= wrong <= 50  # 600 draws of 0.05, four standard deviations


def test_holm_keeps_the_order_and_never_lowers():
    raw = {"a": 0.04, "b": 0.001, "c": 0.02, "d": 0.9}
    assert holm(raw) == {"a": 0.08, "b": 0.004, "c": 0.06, "d": 0.9}
    assert list(holm(raw)) == list(raw)
    assert holm({"a": 0.03, "b": 0.03}) == {"a": 0.06, "b": 0.06}
    assert holm({}) == {}


def test_holm_keeps_the_level_of_all_tests_together():
    rng = np.random.default_rng(3)
    wrong = sum(
        min(holm({str(i): p for i, p in enumerate(rng.random(10))}).values()) <= 0.05
        for _ in range(2000)
    )
    assert wrong <= 140  # 2,000 draws of 0.05, four standard deviations


def test_signed_ranks_over_sets():
    assert wilcoxon([0.0, 0.0]) == 1.0
    assert wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) == pytest.approx(2 / 64)
    assert wilcoxon([-1.0, 2.0, -3.0, 4.0]) > 0.5


def test_ranks_need_every_strategy_on_every_set():
    assert mean_ranks({"a": [0.9, 0.5], "b": [0.8, 0.7], "c": [0.8, 0.6]}) == {
        "a": 2.0,
        "b": 1.75,
        "c": 2.25,
    }
    with pytest.raises(InvalidInput, match="every set"):
        mean_ranks({})


def test_runs_that_never_arrive_push_the_median_up():
    budget = [300.0] * 5
    assert kaplan_meier([10, 20, 30, 40, 50], budget) == 30
    assert kaplan_meier([10, 20, 30, None, None], budget) == 30
    assert kaplan_meier([10, 20, None, None, None], budget) is None
    assert kaplan_meier([10, None], [300.0, 300.0]) == 10  # half have arrived, and no more do


def test_a_run_that_ended_early_counts_while_it_was_seen():
    # At 20 four are watched, at 40 two: 1 - 1/4 = 3/4, then 3/4 - 3/8 = 3/8.
    assert kaplan_meier([20, None, 40, None], [100, 30, 100, 100]) == 40
    with pytest.raises(InvalidInput, match="differ in number"):
        kaplan_meier([20], [])


def test_the_censored_median_is_that_of_the_whole_truth():
    rng = np.random.default_rng(11)
    truth = rng.exponential(100, 4001)
    end = rng.uniform(50, 400, 4001)
    seen = [float(t) if t <= e else None for t, e in zip(truth, end, strict=True)]
    found = kaplan_meier(seen, end.tolist())
    assert found == pytest.approx(100 * np.log(2), rel=0.08)
    only = np.median([t for t in seen if t is not None])
    assert only < 0.85 * 100 * np.log(2)  # what leaving the others out would say

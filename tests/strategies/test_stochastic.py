"""Power, softmax, softrank: chances against plain loops, frequencies against the chances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.wrappers.stochastic import gumbel_top


def view_of(scores):
    """Make a view whose least_confidence scores are these, in [0, 1/2]."""
    scores = np.asarray(scores, float)
    return View(range(len(scores)), arrays={"proba": np.stack([1 - scores, scores], axis=1)})


WEIGHTS = {
    "power": lambda scores, beta: [max(s, 1e-12) ** beta for s in scores],
    "softmax": lambda scores, beta: [np.exp(beta * s) for s in scores],
    "softrank": lambda scores, beta: [
        float(sum(other >= s for other in scores)) ** -beta for s in scores
    ],
}
each = pytest.mark.parametrize("wrapper", WEIGHTS)


@each
@given(
    scores=st.lists(st.integers(0, 500), min_size=1, max_size=12, unique=True),
    beta=st.sampled_from([0.5, 1.0, 3.0]),
    seed=st.integers(0, 5),
)
@settings(max_examples=40, deadline=None)
def test_each_chance_is_the_share_of_what_is_left(wrapper, scores, beta, seed):
    scores = [score / 1000 for score in scores]
    picks = build(f"{wrapper}(least_confidence, beta={beta})").select(
        view_of(scores), len(scores), generator(seed)
    )
    seen = [1 - (1 - score) for score in scores]  # as least_confidence computes them
    left = dict(enumerate(WEIGHTS[wrapper](seen, beta)))
    for pick in picks:
        assert pick.probability == pytest.approx(left[pick.id] / sum(left.values()), rel=1e-6)
        del left[pick.id]
    assert not left


@each
def test_draws_come_as_often_as_the_chances_say(wrapper):
    scores = np.array([0.05, 0.1, 0.2, 0.4])
    strategy = build(f"{wrapper}(least_confidence, beta=1.5)")
    firsts, seconds, runs = np.zeros(4), np.zeros(4), 4000
    rng = generator(1)
    for _ in range(runs):
        first, second = strategy.select(view_of(scores), 2, rng).ids
        firsts[first] += 1
        seconds[second] += 1
    weights = np.array(WEIGHTS[wrapper](scores, 1.5))
    expected = weights / weights.sum()
    assert firsts / runs == pytest.approx(expected, abs=0.03)
    after = [
        sum(expected[i] * expected[j] / (1 - expected[i]) for i in range(4) if i != j)
        for j in range(4)
    ]
    assert seconds / runs == pytest.approx(np.array(after), abs=0.03)


@each
def test_a_large_beta_takes_the_top(wrapper):
    scores = generator(2).permutation(np.linspace(0.01, 0.5, 20))
    beta = 1e5 if wrapper == "softmax" else 5e3
    found = build(f"{wrapper}(least_confidence, beta={beta})").select(
        view_of(scores), 5, generator(0)
    )
    assert found.ids == np.argsort(-scores)[:5].tolist()


def test_equal_scores_are_drawn_evenly():
    firsts = {
        build("power(least_confidence)").select(view_of([0.3] * 6), 1, generator(seed)).ids[0]
        for seed in range(100)
    }
    assert firsts == set(range(6))


def test_scores_of_zero_can_be_drawn_and_have_a_chance_above_zero():
    picks = build("power(least_confidence, beta=50)").select(
        view_of([0.0, 0.5, 0.0]), 3, generator(0)
    )
    assert picks.ids[0] == 1
    assert picks.picks[2].probability == pytest.approx(1.0)
    assert all(0 < pick.probability <= 1 for pick in picks)


def test_a_smaller_draw_is_the_beginning_of_a_larger_one():
    logits = generator(3).standard_normal(50)
    rows, keys, chances = gumbel_top(logits, 50, generator(4))
    part = gumbel_top(logits, 7, generator(4))
    assert part[0].tolist() == rows[:7].tolist()
    assert np.array_equal(part[2], chances[:7])
    assert (np.diff(keys) <= 0).all()


def test_the_reason_is_that_of_the_strategy_inside():
    reason = build("power(margin)").select(view_of([0.5]), 1, generator(0)).picks[0].reason
    assert reason == "drawn by chance: the model wavers between two answers"

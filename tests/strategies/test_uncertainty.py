"""Margin, least confidence, entropy: values, ties, NaN, and the identity of the picks."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.probabilities import STRIP, entropies, margins
from asknext.strategies.uncertainty.classes import Entropy, LeastConfidence, Margin


def slow_margin(row):
    ordered = sorted(row)
    return 1 - (ordered[-1] - ordered[-2]) if len(row) > 1 else 1.0


def slow_least_confidence(row):
    return 1 - max(row)


def slow_entropy(row):
    return -sum(p * log(p) for p in row if p > 0)


SLOW = {Margin: slow_margin, LeastConfidence: slow_least_confidence, Entropy: slow_entropy}
each_strategy = pytest.mark.parametrize("strategy", SLOW, ids=lambda s: s.name)


@st.composite
def probabilities(draw):
    """Rows with many ties and zeros: small whole numbers, divided by their sum."""
    classes = draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 4), min_size=classes, max_size=classes).filter(any)
    counts = np.array(draw(st.lists(row, min_size=1, max_size=25)), float)
    return counts / counts.sum(axis=1, keepdims=True)


@each_strategy
@given(proba=probabilities(), k=st.integers(0, 30), seed=st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_picks_are_those_of_the_slow_reference(strategy, proba, k, seed):
    picks = strategy().select(View(range(len(proba)), arrays={"proba": proba}), k, generator(seed))
    slow = [SLOW[strategy](row) for row in proba.tolist()]
    expected = sorted(slow, reverse=True)[:k]
    assert [slow[row] for row in picks.ids] == pytest.approx(expected)
    assert [pick.score for pick in picks] == pytest.approx(expected)
    if expected:
        sure = {row for row, score in enumerate(slow) if score > expected[-1] + 1e-9}
        assert sure <= set(picks.ids)


@each_strategy
def test_picks_without_ties_are_exactly_the_slow_ones(strategy):
    proba = generator(5).dirichlet(np.ones(7), STRIP + 500)
    picks = strategy().select(View(range(len(proba)), arrays={"proba": proba}), 40, generator(0))
    order = sorted(range(len(proba)), key=lambda row: -SLOW[strategy](proba[row].tolist()))
    assert picks.ids == order[:40]


@each_strategy
def test_float32_probabilities_rank_like_float64(strategy):
    proba = generator(6).dirichlet(np.ones(4), 60)
    views = [View(range(60), arrays={"proba": proba.astype(kind)}) for kind in ("f4", "f8")]
    first, second = (strategy().select(view, 10, generator(0)).ids for view in views)
    assert first == second


@each_strategy
def test_ties_are_broken_by_the_generator_not_by_position(strategy):
    view = View(range(8), arrays={"proba": np.full((8, 3), 1 / 3)})
    firsts = {strategy().select(view, 1, generator(seed)).ids[0] for seed in range(200)}
    assert firsts == set(range(8))


@each_strategy
def test_one_class_is_all_ties(strategy):
    view = View(range(6), arrays={"proba": np.ones((6, 1))})
    firsts = {strategy().select(view, 2, generator(seed)).ids[0] for seed in range(100)}
    assert firsts == set(range(6))


@each_strategy
def test_nan_names_the_first_bad_candidate(strategy):
    proba = np.full((4, 2), 0.5)
    proba[2, 1] = np.nan
    view = View(list("abcd"), arrays={"proba": proba})
    with pytest.raises(InvalidInput, match=r"1 of 4 candidates, the first is 'c'.*proba"):
        strategy().select(view, 1, generator(0))


@pytest.mark.parametrize("shape", [(4,), (3, 2), (4, 0), (4, 2, 2)])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(InvalidInput, match="proba has shape"):
        Margin().select(View(range(4), arrays={"proba": np.ones(shape)}), 1, generator(0))


def test_known_values():
    proba = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    assert margins(proba).tolist() == pytest.approx([0.2, 1.0, 0.0])
    assert entropies(proba).tolist() == pytest.approx([1.0296530140645737, 0.0, log(3)])


def test_reasons_name_the_classes_in_the_order_of_their_probability():
    view = View(
        ["a"], arrays={"proba": np.array([[0.3, 0.1, 0.6]])}, classes=("退款", "other", "billing")
    )
    reasons = [s().select(view, 1, generator(0)).picks[0].reason for s in SLOW]
    assert reasons == [
        "the model wavers between “billing” (60%) and “退款” (30%)",
        "the model's best guess is “billing”, at 60% only",
        "the model is torn between about 2.5 answers",
    ]


def test_reasons_do_not_guess_at_class_names():
    view = View(["a"], arrays={"proba": np.array([[0.4, 0.6]])}, classes=("just one",))
    assert Margin().select(view, 1, generator(0)).picks[0].reason == (
        "the model wavers between two answers"
    )

"""Product, Borda, per cost: against the same in loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build


def slow_scores(proba):
    ordered = np.sort(proba, axis=1)
    margin = 1 - (ordered[:, -1] - ordered[:, -2])
    return margin.tolist(), (1 - ordered[:, -1]).tolist()


def slow_rank(scores, i):
    below = sum(s < scores[i] for s in scores)
    same = sum(s == scores[i] for s in scores)
    return (below + (same + 1) / 2) / len(scores)


@pytest.mark.parametrize("wrapper", ["product", "borda"])
@given(
    rows=st.lists(
        st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any), min_size=1, max_size=20
    ),
    k=st.integers(0, 25),
)
@settings(max_examples=50, deadline=None)
def test_picks_are_those_of_the_slow_reference(wrapper, rows, k):
    proba = np.array(rows, float)
    proba /= proba.sum(axis=1, keepdims=True)
    picks = build(f"{wrapper}(margin, least_confidence)").select(
        View(range(len(proba)), arrays={"proba": proba}), k, generator(0)
    )
    first, second = slow_scores(proba)
    pairs = [(slow_rank(first, i), slow_rank(second, i)) for i in range(len(proba))]
    slow = [a * b if wrapper == "product" else (a + b) / 2 for a, b in pairs]
    expected = sorted(slow, reverse=True)[:k]
    assert [slow[row] for row in picks.ids] == pytest.approx(expected)
    assert [pick.score for pick in picks] == pytest.approx(expected)


def test_a_strategy_twice_ranks_as_it_does_alone():
    view = View(range(50), arrays={"proba": generator(1).dirichlet(np.ones(4), 50)})
    alone = build("margin").select(view, 50, generator(0)).ids
    for wrapper in ("product", "borda"):
        twice = build(f"{wrapper}(margin, margin)").select(view, 50, generator(0)).ids
        assert twice == alone


def test_per_cost_divides():
    rng = generator(2)
    proba, cost = rng.dirichlet(np.ones(3), 40), 0.1 + rng.random(40)
    picks = build("per_cost(entropy)").select(
        View(range(40), arrays={"proba": proba, "cost": cost}), 40, generator(0)
    )
    worth = [-sum(p * np.log(p) for p in row) / c for row, c in zip(proba, cost, strict=True)]
    assert picks.ids == sorted(range(40), key=lambda row: -worth[row])
    assert picks.picks[0].score == pytest.approx(max(worth))


def test_equal_costs_change_nothing_and_the_reason_names_the_cost():
    view = View(
        range(9), arrays={"proba": generator(3).dirichlet(np.ones(2), 9), "cost": np.full(9, 2.5)}
    )
    picks = build("per_cost(margin)").select(view, 9, generator(0))
    assert picks.ids == build("margin").select(view, 9, generator(0)).ids
    assert picks.picks[0].reason == "the model wavers between two answers (cost 2.5)"

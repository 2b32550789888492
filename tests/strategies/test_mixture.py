"""Mixture: whose turn it is, whom a duplicate wish falls to, what is remembered."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from asknext.core.picks import Picks
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.ranking import Ranking
from asknext.strategies.wrappers.mixture import Mixture


def fixed(name, wishes):
    """Make a strategy that wants the candidates in this order."""

    class Fixed(Ranking):
        needs: ClassVar[frozenset[str]] = frozenset()

        def score(self, view):
            place = {row: i for i, row in enumerate(wishes)}
            return -np.array([place[row] for row in view.candidates], float)

    Fixed.name = name
    return Fixed()


def mixed(*wishes, weights=(), k=99):
    strategies = [fixed(f"s{i}", order) for i, order in enumerate(wishes)]
    view = View(range(len(wishes[0])))
    return Mixture(*strategies, weights=weights).select(view, k, generator(0)).ids


def test_turns_alternate_and_what_is_taken_is_replaced():
    assert mixed([0, 1, 2, 3, 4, 5], [0, 5, 4, 3, 2, 1]) == [0, 5, 1, 4, 2, 3]


def test_weights_are_shares_of_every_part_of_the_batch():
    n = 40
    picks = mixed(list(range(n)), list(range(n))[::-1], weights=(3, 1), k=20)
    low = np.cumsum([row < n // 2 for row in picks])
    assert (np.abs(low - 0.75 * np.arange(1, 21)) <= 1).all()
    assert low[-1] == 15


def test_three_strategies():
    orders = [[0, 1, 2, 3, 4, 5], [3, 4, 5, 0, 1, 2], [5, 0, 1, 2, 3, 4]]
    assert mixed(*orders) == [0, 3, 5, 1, 4, 2]


class Counting:
    """Remember how often it was asked."""

    name = "counting"
    version = 1
    needs: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()

    def select(self, view, k, rng):
        inner = build("random").select(view, k, rng)
        return Picks(inner.picks, {"times": view.state.get("times", 0) + 1})


def test_each_strategy_keeps_its_own_state():
    strategy = Mixture(Counting(), build("random"), Counting())
    state = {}
    for _ in range(3):
        state = strategy.select(View(range(5), state=state), 2, generator(0)).state
    assert state == {"inner": {"0": {"times": 3}, "2": {"times": 3}}}


def test_a_random_part_keeps_its_chance():
    picks = Mixture(fixed("a", list(range(10))), build("random")).select(
        View(range(10)), 4, generator(0)
    )
    assert [pick.probability for pick in picks] == pytest.approx([1.0, 1 / 10, 1.0, 1 / 8])

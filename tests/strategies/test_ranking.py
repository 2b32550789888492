"""The base of ranking strategies, and random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.ranking import Ranking, top
from asknext.strategies.uniform import Random


class Shortest(Ranking):
    """Ask the shortest id first, as a plug-in would."""

    name = "shortest"
    needs = frozenset()

    def score(self, view: View):
        return np.array([-float(len(str(example))) for example in view.candidates])


def test_a_ranking_needs_a_score_alone():
    picks = Shortest().select(View(["ccc", "a", "bb"]), 2, generator(0)).picks
    assert [(pick.id, pick.score) for pick in picks] == [("a", -1.0), ("bb", -2.0)]
    assert {pick.strategy for pick in picks} == {"shortest@1"}
    assert picks[0].reason == "shortest ranks it high among what is left"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_are_errors(bad):
    class Broken(Shortest):
        def score(self, view: View):
            return np.array([1.0, bad, 0.0])

    with pytest.raises(InvalidInput, match="cannot score 1 of 3 candidates, the first is 'b'"):
        Broken().select(View(["a", "b", "c"]), 1, generator(0))


def test_a_score_for_each_candidate_is_demanded():
    class Short(Shortest):
        def score(self, view: View):
            return np.zeros(2)

    with pytest.raises(InvalidInput, match=r"3 candidates with an array of shape \(2,\)"):
        Short().select(View(["a", "b", "c"]), 1, generator(0))


@given(
    scores=st.lists(st.integers(-3, 3), max_size=40),
    k=st.integers(0, 45),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_top_is_a_sorted_prefix(scores, k, seed):
    score = np.array(scores, float)
    rows = top(score, k, generator(seed)).tolist()
    assert len(set(rows)) == len(rows) == min(k, len(scores))
    assert [scores[row] for row in rows] == sorted(scores, reverse=True)[:k]
    for j in range(len(rows)):
        assert top(score, j, generator(seed)).tolist() == rows[:j]


def test_two_picks_are_two_picks():
    # A peer unpacked a pair of indices as (result, metrics) and returned one of them.
    assert len(Shortest().select(View(["a", "bb", "ccc"]), 2, generator(0))) == 2


def test_random_gives_every_candidate_its_chance():
    view = View(list("abcde"))
    drawn = [Random().select(view, 2, generator(seed)) for seed in range(2000)]
    assert {tuple(picks.probabilities) for picks in drawn} == {(1 / 5, 1 / 4)}
    for place in range(2):
        counts = [sum(picks.ids[place] == example for picks in drawn) for example in "abcde"]
        assert min(counts) > 330
        assert max(counts) < 470


def test_random_of_all_takes_all():
    picks = Random().select(View(list("abc")), 9, generator(0))
    assert sorted(picks.ids) == list("abc")
    assert picks.probabilities == [1 / 3, 1 / 2, 1.0]

"""ALBL and TAILOR: the updates against plain ones, credit across rounds, what is learnt."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.adaptive.albl import Albl, draw
from asknext.strategies.adaptive.tailor import Tailor
from asknext.strategies.build import build
from asknext.strategies.ranking import Ranking

CLASSES = ("common", "稀有")


def fixed(label, first):
    """Make a strategy that wants the candidates of ids `first` and up, then the others."""

    class Fixed(Ranking):
        name = label
        needs = frozenset()
        tasks = frozenset()

        def score(self, view):
            ids = np.array(view.candidates)
            return np.where(ids >= first, 1000.0, 0.0) - ids

    return Fixed()


def view_of(candidates, *, state=None, labels=(), pending=(), right=True):
    """Make a view; `labels` are pairs of id and label, predicted right or wrong."""
    columns = [CLASSES.index(label) for _, label in labels]
    proba = np.full((len(labels), 2), 0.1)
    for row, column in enumerate(columns):
        proba[row, column if right else 1 - column] = 0.9
    return View(
        list(candidates),
        arrays={"labelled_proba": proba},
        labelled=[example for example, _ in labels],
        labels=[label for _, label in labels],
        pending=pending,
        classes=CLASSES,
        state=state,
    )


def stored(picks):
    return json.loads(json.dumps(dict(picks.state)))


LOW, HIGH = fixed("low", 0), fixed("high", 50)


def test_chances_are_the_shares_of_those_that_want_it():
    picks = Albl(LOW, HIGH, fixed("also low", 0)).select(view_of(range(100)), 6, generator(0))
    low, high = 0, 50
    for pick in picks:
        if pick.id >= 50:
            assert (pick.id, pick.probability) == (high, pytest.approx(1 / 3))
            high += 1
        else:
            assert (pick.id, pick.probability) == (low, pytest.approx(2 / 3))
            low += 1
    names = {pick.reason.split(":")[0] for pick in picks if pick.id >= 50}
    assert names <= {"high"}


def test_draws_come_as_often_as_the_shares_say():
    heads = dict(enumerate(Albl(LOW, HIGH).select(view_of(range(100)), 2, generator(0)).picks))
    heads = {0: heads[0], 2: heads[1]}
    rng = generator(1)
    drawn = Counter(draw(heads, np.array([0.3, 0.5, 0.2]), rng)[0][0] for _ in range(2000))
    assert set(drawn) == {0, 2}
    assert drawn[0] / 2000 == pytest.approx(0.6, abs=0.04)


def slow_update(weights, shares, arms, chance, reward, horizon):
    count = len(weights)
    least = math.sqrt(math.log(count) / (count * horizon))
    found = []
    for k in range(count):
        earned = reward / chance if k in arms else 0.0
        bound = math.sqrt(math.log(count / 0.1) / (count * horizon)) / shares[k]
        found.append(weights[k] * math.exp(least / 2 * (earned + bound)))
    return [w / sum(found) for w in found]


@pytest.mark.parametrize("right", [True, False])
def test_albl_learns_as_the_slow_reference(right):
    strategy = Albl(LOW, HIGH, horizon=50)
    first = strategy.select(view_of(range(100)), 5, generator(2))
    state = stored(first)
    asked = state["open"][:3]
    labels = [(record["id"], "common") for record in asked]
    rest = [i for i in range(100) if i not in dict(labels)]
    second = strategy.select(
        view_of(rest, state=state, labels=labels, right=right), 5, generator(3)
    )
    weights, shares = [0.5, 0.5], [0.5, 0.5]
    for record in asked:
        weights = slow_update(weights, shares, record["arms"], record["chance"], float(right), 50)
    assert second.state["weights"] == pytest.approx(weights)
    assert second.state["asked"] == [[r["id"], r["chance"]] for r in asked]
    least = math.sqrt(math.log(2) / (2 * 50))
    expected = [(1 - 2 * least) * w + least for w in weights]
    assert second.state["shares"] == pytest.approx(expected)


def test_accuracy_is_weighted_by_the_inverse_of_the_chance():
    strategy = Albl(LOW, HIGH)
    state = {
        "of": strategy.name,
        "weights": [0.5, 0.5],
        "shares": [0.5, 0.5],
        "asked": [[1, 0.1]],
        "open": [{"id": 2, "arms": [0], "chance": 0.5}],
    }
    view = view_of(range(3, 9), state=state, labels=[(1, "common"), (2, "common")])
    proba = view.array("labelled_proba")
    proba[0] = [0.2, 0.8]  # wrong about the one with the small chance: 2 of 12 are right
    found = strategy.select(view, 1, generator(0)).state
    assert found["weights"] == pytest.approx(
        slow_update([0.5, 0.5], [0.5, 0.5], [0], 0.5, 2 / 12, 500)
    )


@pytest.mark.parametrize("wrapper", [Albl, Tailor])
def test_what_is_out_is_remembered_and_what_was_never_asked_is_forgotten(wrapper):
    strategy = wrapper(LOW, HIGH)
    state = stored(strategy.select(view_of(range(100)), 6, generator(0)))
    ids = [record["id"] for record in state["open"]]
    rest = [i for i in range(100) if i not in ids[:2]]
    later = view_of(rest, state=state, labels=[(ids[0], "common")], pending=[ids[1]])
    found = stored(strategy.select(later, 3, generator(1)))["open"]
    assert len(found) == 4
    assert found[0] == state["open"][1]


def test_tailor_counts_how_rare_an_answer_was():
    strategy = Tailor(LOW, HIGH, memory=0.9)
    state = {
        "of": strategy.name,
        "gains": [1.0, 2.0],
        "losses": [0.5, 0.0],
        "open": [{"id": 7, "arm": 0}, {"id": 8, "arm": 1}],
    }
    labels = [(1, "common"), (2, "common"), (3, "稀有"), (7, "common"), (8, "稀有")]
    found = strategy.select(view_of([20, 60], state=state, labels=labels), 1, generator(0)).state
    # Of 2 common and 1 rare a common answer is worth 1/2, then of 3 and 1 a rare one is worth 1.
    assert found["gains"] == pytest.approx([(1 * 0.9 + 0.5) * 0.9, 2 * 0.81 + 1])
    assert found["losses"] == pytest.approx([(0.5 * 0.9 + 0.5) * 0.9, 0.0])


def test_tailor_comes_to_prefer_what_finds_the_rare_class():
    strategy, state, labels = Tailor(LOW, HIGH), {}, [(-1, "common")]
    rest, share = list(range(100)), []
    for step in range(12):
        picks = strategy.select(view_of(rest, state=state, labels=labels), 4, generator(step))
        state = stored(picks)
        labels += [(i, "稀有" if i >= 50 and i % 2 else "common") for i in picks.ids]
        rest = [i for i in rest if i not in picks.ids]
        share.append(np.mean([i >= 50 for i in picks.ids]))
    assert state["gains"][1] / (state["gains"][1] + state["losses"][1]) > 1.3 * (
        state["gains"][0] / (state["gains"][0] + state["losses"][0])
    )
    assert np.mean(share[6:]) > 0.6


@pytest.mark.parametrize("wrapper", [Albl, Tailor])
def test_other_strategies_than_before_begin_anew(wrapper):
    state = stored(wrapper(LOW, HIGH).select(view_of(range(100)), 3, generator(0)))
    labels = [(record["id"], "common") for record in state["open"]]
    view = view_of([8, 60], state=state, labels=labels)
    for arms in ([LOW, HIGH, LOW], [HIGH, LOW]):
        kept = wrapper(*arms).select(view, 1, generator(0)).state
        if wrapper is Albl:
            assert kept["weights"] == [1 / len(arms)] * len(arms)
        else:
            assert kept["gains"] == [0.0] * len(arms)
        assert len(kept["open"]) == 1


def test_bad_settings_and_bad_predictions_are_refused():
    with pytest.raises(InvalidInput, match="horizon of albl is a whole number, 1 or more"):
        build("albl(margin, random, horizon=0)")
    with pytest.raises(InvalidInput, match="memory of tailor is above 0 and at most 1; given: 2"):
        build("tailor(margin, random, memory=2)")
    with pytest.raises(InvalidInput, match="albl takes 2 or more strategies"):
        build("albl(margin)")
    view = View([1], arrays={"labelled_proba": np.ones((2, 2))}, labelled=["a"], labels=["common"])
    with pytest.raises(InvalidInput, match=r"labelled_proba has shape \(2, 2\); it must be \(1, "):
        Albl(LOW, HIGH).select(view, 1, generator(0))

"""Subsample, shortlist, containing: from which candidates the strategy inside chooses."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build


def ranked(n, seed=0, **arrays):
    """Make a view of n candidates; margin wants them in the order returned."""
    order = generator(seed).permutation(n)
    first = np.empty(n)
    first[order] = np.linspace(0.5, 1.0, n)
    return View(range(n), arrays={"proba": np.stack([first, 1 - first], axis=1), **arrays}), order


@pytest.mark.parametrize("size", [1, 7, 30, 99])
@pytest.mark.parametrize("k", [1, 7, 30, 31])
def test_subsample_asks_the_best_of_a_random_part_then_of_the_next(size, k):
    view, order = ranked(30)
    found = build(f"subsample(margin, size={size})").select(view, k, generator(5)).ids
    sample = generator(5).permutation(30)
    place = {int(row): i for i, row in enumerate(order)}
    slow = []
    for start in range(0, 30, size):
        slow += sorted(sample[start : start + size].tolist(), key=place.__getitem__)
    assert found == slow[:k]


def test_subsample_of_all_is_the_strategy_itself():
    view, order = ranked(30)
    assert build("subsample(margin)").select(view, 30, generator(0)).ids == order.tolist()


def test_every_candidate_has_a_chance_to_be_in_the_part():
    view, _ = ranked(10)
    strategy = build("subsample(margin, size=1)")
    assert {strategy.select(view, 1, generator(seed)).ids[0] for seed in range(200)} == set(
        range(10)
    )


@pytest.mark.parametrize("k", [1, 4, 12, 13, 30])
def test_shortlist_lets_one_choose_from_what_another_wants_most(k):
    view, order = ranked(30, cost=1.0 + generator(9).permutation(30))
    found = build("shortlist(per_cost(margin), margin, size=12)").select(view, k, generator(0)).ids
    score = 1 - (2 * view.proba[:, 0] - 1)
    worth = score / view.array("cost")
    slow = []
    for start in range(0, 30, 12):
        slow += sorted(order[start : start + 12].tolist(), key=lambda row: -worth[row])
    if k < 30:  # the last candidate ties at a score of zero with nothing
        assert found == slow[:k]
    assert len(set(found)) == k


def test_shortlist_by_name_is_that_by_a_strategy_inside():
    view, _ = ranked(40, embedding=generator(1).standard_normal((40, 4)).astype(np.float32))
    named = build("shortlist(typiclust, by='entropy', size=10)")
    inside = build("shortlist(typiclust, entropy, size=10)")
    picks = [strategy.select(view, 6, generator(3)).ids for strategy in (named, inside)]
    assert picks[0] == picks[1]
    assert named.name == "shortlist(typiclust, entropy)"


def test_containing_keeps_texts_that_contain_it_in_any_case_and_script():
    texts = np.array(["Refund please", "hello", "我要退款", "REFUND", "refuse", "STRASSE"], object)
    first = np.array([0.9, 0.5, 0.8, 0.7, 0.5, 0.6])
    view = View(list("abcdef"), arrays={"proba": np.stack([first, 1 - first], 1), "texts": texts})

    def found(text, k=9):
        return build(f"containing(margin, text={text!r})").select(view, k, generator(0))

    assert found("refund").ids == ["d", "a"]
    assert found("refund", 1).ids == ["d"]
    assert found("退款").ids == ["c"]
    assert found("straße").ids == ["f"]
    assert found("nothing").ids == []
    assert found("退款").picks[0].reason == (
        "contains “退款”: the model wavers between two answers"
    )

"""BatchBALD: the greedy batch of exact joint distributions, and what happens beyond them."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.committee import batch_bald
from asknext.strategies.committee.batch_bald import SPENT, BatchBALD
from asknext.strategies.committee.disagreement import BALD


def view_of(members):
    return View(range(members.shape[1]), arrays={"committee_proba": members})


def slow_information(members, batch):
    """I(labels of the batch; member) by listing every way to label it."""
    count, _, classes = members.shape
    joint = within = 0.0
    for labels in product(range(classes), repeat=len(batch)):
        chances = [
            np.prod([members[t, row, y] for row, y in zip(batch, labels, strict=True)])
            for t in range(count)
        ]
        mean = sum(chances) / count
        joint -= mean * log(mean) if mean > 0 else 0.0
        within -= sum(p * log(p) for p in chances if p > 0) / count
    return joint - within


def slow_picks(members, k):
    batch = []
    for _ in range(k):
        rest = [row for row in range(members.shape[1]) if row not in batch]
        batch.append(max(rest, key=lambda row: slow_information(members, [*batch, row])))
    return batch


@pytest.mark.parametrize("seed", range(6))
def test_picks_are_those_of_the_exact_greedy_batch(seed):
    classes = 2 + seed % 2
    members = generator(seed).dirichlet(np.full(classes, 0.4), (6, 14))
    picks = BatchBALD().select(view_of(members), 4, generator(0))
    expected = slow_picks(members, 4)
    totals = [slow_information(members, expected[: i + 1]) for i in range(4)]
    gains = np.diff([0.0, *totals])
    assert gains.min() > SPENT
    assert picks.ids == expected
    assert [pick.score for pick in picks] == pytest.approx(np.minimum.accumulate(gains))


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 3)),
    seed=st.integers(0, 50),
)
@settings(max_examples=40, deadline=None)
def test_the_first_pick_is_bald_and_all_are_distinct(shape, seed):
    members = generator(seed).dirichlet(np.ones(shape[2]), shape[:2])
    view = view_of(members)
    picks = BatchBALD().select(view, shape[1], generator(0))
    assert sorted(picks.ids) == list(range(shape[1]))
    first = BALD().select(view, 1, generator(0)).picks[0]
    assert picks.picks[0].score == pytest.approx(first.score, abs=1e-9)


def test_a_copy_of_a_sure_pick_adds_nothing_so_it_waits():
    apart = np.array([[[1.0, 0.0], [1.0, 0.0], [0.9, 0.1]], [[0.0, 1.0], [0.0, 1.0], [0.2, 0.8]]])
    other = np.array([[[0.6, 0.4]], [[0.5, 0.5]]])
    members = np.repeat(np.concatenate([apart, other], axis=1), 2, axis=0)
    members[1::2, 2] = members[1::2, 2, ::-1]  # a question that splits each camp
    top = BALD().select(view_of(members), 2, generator(0)).ids
    assert set(top) == {0, 1}
    picks = BatchBALD().select(view_of(members), 4, generator(0)).ids
    assert picks[0] in {0, 1}
    assert picks[1] == 2


def test_drawn_configurations_come_near_to_the_exact_ones():
    members = generator(3).dirichlet(np.full(3, 0.4), (6, 40))
    exact = BatchBALD(configurations=10_000).select(view_of(members), 6, generator(0))
    total = slow_information(members, exact.ids)
    drawn = BatchBALD(configurations=60)
    for seed in range(4):
        ids = drawn.select(view_of(members), 6, generator(seed)).ids
        assert slow_information(members, ids) > 0.97 * total


def test_a_new_batch_begins_once_the_members_are_told_apart():
    apart = np.zeros((2, 5, 2))
    apart[0, :, 0] = apart[1, :, 1] = 1.0
    picks = BatchBALD().select(view_of(apart), 5, generator(1))
    assert sorted(picks.ids) == list(range(5))
    assert [pick.score for pick in picks] == pytest.approx([log(2)] * 5)


def test_size_of_chunks_and_floats_do_not_change_the_picks(monkeypatch):
    members = generator(4).dirichlet(np.full(3, 0.5), (8, 500))
    expected = BatchBALD().select(view_of(members), 5, generator(0)).ids
    assert BatchBALD().select(view_of(members.astype("f4")), 5, generator(0)).ids == expected
    monkeypatch.setattr(batch_bald, "FEWEST", 1)
    monkeypatch.setattr(batch_bald, "MOST", 3)
    monkeypatch.setattr(batch_bald, "AT_ONCE", 50)
    assert BatchBALD().select(view_of(members), 5, generator(0)).ids == expected


def test_ties_are_broken_by_the_generator():
    members = np.full((3, 6, 2), 0.5)
    firsts = {BatchBALD().select(view_of(members), 1, generator(s)).ids[0] for s in range(100)}
    assert firsts == set(range(6))


def test_a_wrong_setting_says_what_is_allowed():
    with pytest.raises(InvalidInput, match="1 or more; given: 0"):
        BatchBALD(configurations=0)


def test_more_picks_than_take_part_in_one_batch(monkeypatch):
    monkeypatch.setattr(batch_bald, "SHORTLIST", 4)
    members = generator(5).dirichlet(np.full(3, 0.5), (4, 30))
    view = view_of(members)
    picks = BatchBALD().select(view, 30, generator(0))
    assert sorted(picks.ids) == list(range(30))
    best = BALD().select(view, 4, generator(0)).ids
    assert set(picks.ids[:2]) <= set(best)
    assert BatchBALD().select(view, 11, generator(0)).ids == picks.ids[:11]

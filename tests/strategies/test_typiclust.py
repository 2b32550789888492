"""Typical-first: the identity of the picks on groups that cannot be mistaken."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.cold import typiclust
from asknext.strategies.cold.typiclust import TypiClust, mean_gaps

SIZES = [8 + 3 * i for i in range(20)]  # as many groups as the first wave has clusters


def slow_typical(vectors, group, skip=()):
    """Take the most typical of each group, the largest group first; plain loops."""
    picks = []
    for g in sorted(set(group.tolist()) - set(skip), key=lambda g: -(group == g).sum()):
        members = [i for i in range(len(group)) if group[i] == g]
        gaps = {}
        for i in members:
            others = [j for j in members if j != i]
            apart = sorted(float(np.linalg.norm(vectors[i] - vectors[j])) for j in others)
            gaps[i] = sum(apart[:20]) / len(apart[:20])
        picks.append(min(members, key=lambda i: gaps[i]))
    return picks


def select(vectors, k, seed=0, **more):
    arrays = {"embedding": vectors, **more.pop("arrays", {})}
    return TypiClust().select(View(range(len(vectors)), arrays=arrays, **more), k, generator(seed))


@pytest.mark.parametrize("seed", range(4))
def test_picks_are_those_of_the_slow_reference(make_groups, seed):
    vectors, group = make_groups(SIZES, seed=seed)
    assert select(vectors, 20, seed).ids == slow_typical(vectors, group)


def test_first_picks_are_those_of_a_larger_batch(make_groups):
    vectors, group = make_groups(SIZES)
    assert select(vectors, 7).ids == slow_typical(vectors, group)[:7]
    assert select(vectors, 60).ids[:20] == slow_typical(vectors, group)


def test_groups_with_a_label_wait(make_groups):
    vectors, group = make_groups([*SIZES, 90, 80])
    known, rest = np.flatnonzero(group >= 20), np.flatnonzero(group < 20)
    chosen = [known[group[known] == 20][0], known[group[known] == 21][0]]
    others = np.setdiff1d(np.arange(len(group)), chosen)
    picks = select(
        vectors[others],
        20,
        labelled=["x", "y"],
        labels=["one", "two"],
        arrays={"labelled_embedding": vectors[chosen]},
    )
    expected = slow_typical(vectors[rest], group[rest])
    assert [others[row] for row in picks.ids] == [rest[row] for row in expected]
    assert all("no label yet" in pick.reason for pick in picks)


def test_what_is_pending_counts_as_labelled(make_groups):
    vectors, group = make_groups([*SIZES, 90])
    out = np.flatnonzero(group == 20)[0]
    others = np.setdiff1d(np.arange(len(group)), [out])
    picks = select(
        vectors[others], 20, pending=["out"], arrays={"pending_embedding": vectors[[out]]}
    )
    assert 20 not in group[others][picks.ids]


def test_shuffled_candidates_give_the_same_picks(make_groups):
    vectors, group = make_groups(SIZES)
    expected = slow_typical(vectors, group)
    for seed in range(4):
        order = generator(seed, "shuffle").permutation(len(vectors))
        assert [int(order[row]) for row in select(vectors[order], 20, seed).ids] == expected


def test_more_picks_than_groups_come_from_all_groups(make_groups):
    vectors, group = make_groups([30] * 5)
    picks = select(vectors, 150)
    assert sorted(picks.ids) == list(range(150))
    assert set(group[picks.ids[:20]]) == set(range(5))


def test_equal_vectors_are_no_trouble():
    picks = select(np.ones((30, 4), np.float32) / 2, 30)
    assert sorted(picks.ids) == list(range(30))


def test_a_large_pool_is_sampled_by_rows_only(make_groups, monkeypatch):
    monkeypatch.setattr(typiclust, "SAMPLE", 50)
    vectors, _ = make_groups([20] * 20)
    read = []

    class Watched(Rows):
        def __getitem__(self, rows):
            read.append(len(rows))
            return super().__getitem__(rows)

        def __array__(self, dtype=None, copy=None):
            raise AssertionError("the whole table was read")

    assert len(set(select(Watched(vectors, np.arange(400)), 10).ids)) == 10
    assert read == [50]


def test_labels_without_their_vectors_are_refused():
    with pytest.raises(Unsupported, match="2 examples are labelled but 'labelled_embedding'"):
        select(np.eye(4, dtype=np.float32), 1, labelled=["x", "y"], labels=["a", "b"])


def test_nan_among_labelled_vectors_is_an_error():
    arrays = {"labelled_embedding": np.full((1, 4), np.nan, np.float32)}
    with pytest.raises(InvalidInput, match="labelled_embedding holds NaN"):
        select(np.eye(4, dtype=np.float32), 1, labelled=["x"], labels=["a"], arrays=arrays)


def test_mean_gaps_of_few_points():
    assert mean_gaps(np.zeros((1, 3))).tolist() == [0.0]
    assert mean_gaps(np.array([[0.0], [3.0], [4.0]])).tolist() == [3.5, 2.0, 2.5]

"""Cluster-margin: the identity of the picks on groups that cannot be mistaken."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.coverage.cluster_margin import ClusterMargin
from asknext.strategies.grouping import places
from asknext.strategies.kernels.lloyd import cluster_points


def slow_cluster_margin(proba, vectors, group):
    """Take the 200 smallest margins; of each group the nearest to its weighted centre."""
    top = np.sort(proba, axis=1)
    margin = top[:, -1] - top[:, -2]
    short = sorted(range(len(margin)), key=lambda i: margin[i])[:200]
    picks = []
    for g in set(group[short].tolist()):
        members = [i for i in short if group[i] == g]
        weights = [1 - margin[i] + 0.001 for i in members]
        centre = np.average(vectors[members].astype(float), axis=0, weights=weights)
        picks.append(min(members, key=lambda i: np.linalg.norm(vectors[i] - centre)))
    return sorted(picks, key=lambda i: margin[i])


def make_problem(make_groups, seed):
    vectors, group = make_groups([30] * 20, seed=seed)
    return vectors, group, generator(seed, "proba").dirichlet(np.ones(4), len(group))


def select(proba, vectors, k, seed=0):
    view = View(range(len(proba)), arrays={"proba": proba, "embedding": vectors})
    return ClusterMargin().select(view, k, generator(seed))


@pytest.mark.parametrize("seed", range(4))
def test_picks_are_those_of_the_slow_reference(make_groups, seed):
    vectors, group, proba = make_problem(make_groups, seed)
    assert select(proba, vectors, 20, seed).ids == slow_cluster_margin(proba, vectors, group)


def test_first_picks_are_those_of_a_larger_batch(make_groups):
    vectors, group, proba = make_problem(make_groups, 0)
    expected = slow_cluster_margin(proba, vectors, group)
    assert select(proba, vectors, 6).ids == expected[:6]
    assert select(proba, vectors, 170).ids[:20] == expected


def test_shuffled_candidates_give_the_same_picks(make_groups):
    vectors, group, proba = make_problem(make_groups, 0)
    expected = slow_cluster_margin(proba, vectors, group)
    for seed in range(4):
        order = generator(seed, "shuffle").permutation(len(proba))
        found = select(proba[order], vectors[order], 20, seed).ids
        assert [int(order[row]) for row in found] == expected


def test_certain_candidates_are_used_up_last(make_groups):
    vectors, _ = make_groups([30] * 20)
    proba = np.tile([1.0, 0.0], (600, 1))
    wavering = np.arange(0, 600, 3)
    proba[wavering] = [0.6, 0.4]
    assert set(select(proba, vectors, 20).ids) <= set(wavering.tolist())
    assert sorted(select(proba, vectors, 600).ids) == list(range(600))


def test_the_queue_follows_the_margin(make_groups):
    # A peer's queue ignored its model for months and nobody noticed.
    vectors, _, proba = make_problem(make_groups, 1)
    top = np.sort(proba, axis=1)
    margin = top[:, -1] - top[:, -2]
    assert margin[select(proba, vectors, 20).ids].max() < np.median(margin)


def test_places():
    found = places(np.array([2, 0, 2, 2, 0]), np.array([0.3, 0.2, 0.1, 0.2, 0.1]))
    assert found.tolist() == [2, 1, 0, 1, 0]


def test_kmeans_finds_the_groups_and_their_weighted_centres(make_groups):
    vectors, group = make_groups([5, 9, 30])
    weights = generator(0).random(44).astype(np.float32)
    found, centres = cluster_points(vectors, 3, generator(1), weights=weights)
    for cluster in range(3):
        members = np.flatnonzero(found == cluster)
        assert members.tolist() == np.flatnonzero(group == group[members[0]]).tolist()
        mean = np.average(vectors[members], axis=0, weights=weights[members])
        assert np.allclose(centres[cluster], mean, atol=1e-6)


def test_k_means_of_equal_points_keeps_its_centres():
    found, centres = cluster_points(np.ones((6, 2), np.float32), 4, generator(0))
    assert len(set(found.tolist())) == 1
    assert np.array_equal(centres, np.ones((4, 2)))

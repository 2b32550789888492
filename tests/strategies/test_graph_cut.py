"""Graph cut, determinantal, k-means: picks against plain references."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.coverage.determinantal import Determinantal
from asknext.strategies.coverage.graph_cut import GraphCut
from asknext.strategies.coverage.k_means import KMeans
from asknext.strategies.kernels import lazy, lloyd, reading


def points(seed, n, columns=6):
    vectors = generator(seed, "points").standard_normal((n, columns)) + 0.3
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def view_of(vectors, known=None):
    arrays = {"embedding": vectors}
    if known is None:
        return View(range(len(vectors)), arrays=arrays)
    arrays["labelled_embedding"] = known
    labelled = list(range(-len(known), 0))
    return View(range(len(vectors)), arrays=arrays, labelled=labelled, labels=["x"] * len(known))


def slow_graph_cut(vectors, known, k, redundancy):
    wide = np.concatenate([vectors, known]).astype(float)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    alike, n = (1 + wide @ wide.T) / 2, len(vectors)
    asked, picks = list(range(n, len(wide))), []
    for _ in range(k):
        worth = alike[:n, :n].mean(axis=1) - redundancy * alike[:n, asked].sum(axis=1)
        worth[picks] = -np.inf
        picks.append(int(worth.argmax()))
        asked.append(picks[-1])
    return picks


def slow_determinantal(vectors, known, k, noise):
    wide = np.concatenate([vectors, known]).astype(float)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    n = len(vectors)
    asked, picks = list(range(n, len(wide))), []

    def volume(rows):
        return np.linalg.slogdet(np.eye(len(rows)) + wide[rows] @ wide[rows].T / noise)[1]

    for _ in range(k):
        free = [row for row in range(n) if row not in picks]
        picks.append(max(free, key=lambda row: volume([*asked, row])))
        asked.append(picks[-1])
    return picks


CASES = [
    (GraphCut(), slow_graph_cut, 0.01),
    (GraphCut(redundancy=0.5), slow_graph_cut, 0.5),
    (Determinantal(), slow_determinantal, 0.1),
    (Determinantal(noise=2.0), slow_determinantal, 2.0),
]


@pytest.mark.parametrize(("strategy", "slow", "setting"), CASES, ids=lambda v: str(v)[:20])
@pytest.mark.parametrize("seed", range(3))
def test_picks_are_those_of_the_slow_reference(strategy, slow, setting, seed, monkeypatch):
    monkeypatch.setattr(lazy, "FRONT", 5)
    vectors, known = points(seed, 90), points(seed + 9, 4)
    expected = slow(vectors, known, 25, setting)
    assert strategy.select(view_of(vectors, known), 25, generator(0)).ids == expected


@pytest.mark.parametrize("strategy", [GraphCut(), Determinantal()], ids=lambda s: s.name)
def test_blocks_types_and_order_do_not_change_the_picks(strategy, monkeypatch):
    half, known = points(5, 120).astype(np.float16), points(6, 3)
    expected = strategy.select(view_of(half.astype(np.float32), known), 30, generator(0)).ids
    found = strategy.select(view_of(half.astype(np.float64), known), 30, generator(0)).ids
    assert found == expected
    monkeypatch.setattr(reading, "BLOCK", 7)
    monkeypatch.setattr(lazy, "FRONT", 3)
    order = generator(7).permutation(120)
    found = strategy.select(view_of(Rows(half, order), known), 30, generator(1)).ids
    assert [int(order[row]) for row in found] == expected


@pytest.mark.parametrize("strategy", [GraphCut(), Determinantal()], ids=lambda s: s.name)
def test_copies_are_tied_and_all_are_picked_in_the_end(strategy):
    vectors = np.repeat(points(8, 3), 5, axis=0)
    known = points(9, 2)
    assert sorted(strategy.select(view_of(vectors, known), 15, generator(0)).ids) == list(range(15))
    firsts = {strategy.select(view_of(vectors, known), 1, generator(s)).ids[0] for s in range(80)}
    assert len({row // 5 for row in firsts}) == 1
    assert len(firsts) == 5


def test_without_redundancy_graph_cut_is_the_likeness_to_the_mean():
    vectors = points(10, 50)
    expected = np.argsort(-(vectors.astype(float) @ vectors.mean(axis=0))).tolist()
    assert GraphCut(redundancy=0.0).select(view_of(vectors), 50, generator(0)).ids == expected


def test_determinantal_takes_more_picks_than_there_are_columns_one_per_direction_first():
    vectors = np.repeat(np.eye(3, dtype=np.float32), 3, axis=0)
    ids = Determinantal().select(view_of(vectors), 9, generator(0)).ids
    assert [sorted(row // 3 for row in ids[i : i + 3]) for i in (0, 3, 6)] == [[0, 1, 2]] * 3


def test_k_means_asks_the_middle_of_each_group_larger_ones_first(make_groups):
    vectors, group = make_groups([10, 30, 20, 40])
    ids = KMeans().select(view_of(vectors), 4, generator(0)).ids
    middles = [vectors[group == g].mean(axis=0) for g in range(4)]
    slow = [
        min(
            np.flatnonzero(group == g).tolist(),
            key=lambda row: float(np.linalg.norm(vectors[row] - middles[g])),
        )
        for g in (3, 1, 2, 0)
    ]
    assert ids == slow


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_blocks_and_types_do_not_change_the_clusters(kind, make_groups, monkeypatch):
    vectors, _ = make_groups([9, 12, 15, 18])
    half = vectors.astype(np.float16)
    expected = KMeans().select(view_of(half.astype(np.float32)), 4, generator(0)).ids
    monkeypatch.setattr(reading, "BLOCK", 5)
    monkeypatch.setattr(lloyd, "TRAINING", 30)
    assert KMeans().select(view_of(half.astype(kind)), 4, generator(0)).ids == expected


def test_k_means_with_fewer_kinds_than_picks_asks_all_of_them_first():
    vectors = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    ids = KMeans().select(view_of(vectors), 20, generator(0)).ids
    assert sorted(ids) == list(range(20))
    assert sorted(row // 5 for row in ids[:4]) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GraphCut(redundancy=-1), r"redundancy is a weight in \[0, 1000\]; given: -1"),
        (lambda: Determinantal(noise=0), r"noise is a number in \[1e-6, 1e6\]; given: 0"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()

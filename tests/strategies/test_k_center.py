"""Core-set: the identity of the greedy picks, whatever the block, the type and the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.coverage.k_center import KCenter, KCenterRobust
from asknext.strategies.kernels import lazy, reading
from asknext.strategies.kernels.centres import farthest
from asknext.strategies.kernels.reading import Vectors


def slow_gaps(vectors, known):
    """Distance of each to the nearest known; plain float64."""
    apart = vectors[:, None, :].astype(float) - np.asarray(known, float)[None]
    return np.sqrt(np.square(apart).sum(axis=2)).min(axis=1)


def slow_rank(gaps, left_out, picked):
    """The gap that must be picked next: the largest, but for those left out."""
    rest = sorted((gap for row, gap in enumerate(gaps) if row not in picked), reverse=True)
    return rest[min(left_out, len(rest) - 1)]


def points(seed, n, columns=8):
    vectors = generator(seed, "points").standard_normal((n, columns))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def view_of(vectors, known=None):
    arrays = {"embedding": vectors}
    if known is None:
        return View(range(len(vectors)), arrays=arrays)
    labelled = list(range(-len(known), 0))
    arrays["labelled_embedding"] = known
    return View(range(len(vectors)), arrays=arrays, labelled=labelled, labels=["x"] * len(known))


@given(
    grid=st.lists(st.tuples(*[st.integers(0, 3)] * 2), min_size=2, max_size=30),
    known=st.integers(1, 3),
    left_out=st.integers(0, 3),
    seed=st.integers(0, 9),
)
@settings(max_examples=80, deadline=None)
def test_each_pick_is_one_that_the_slow_reference_allows(grid, known, left_out, seed):
    vectors = np.array(grid, np.float32)
    centres = vectors[:known]
    rows, gaps = farthest(
        Vectors(vectors), centres, len(vectors), generator(seed), left_out=left_out
    )
    assert sorted(rows.tolist()) == list(range(len(vectors)))
    picked = []
    for row, gap in zip(rows.tolist(), gaps.tolist(), strict=True):
        slow = slow_gaps(vectors, np.concatenate([centres, vectors[picked]]))
        expected = slow_rank(slow, left_out, picked)
        assert gap == pytest.approx(expected)
        assert slow[row] == pytest.approx(expected)
        picked.append(row)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "strategy", [KCenter(), KCenterRobust(left_out=0.05)], ids=lambda s: s.name
)
def test_picks_without_ties_are_exactly_the_slow_ones(strategy, seed, monkeypatch):
    monkeypatch.setattr(lazy, "FRONT", 8)  # most candidates stay behind, and catch up later
    vectors, known = points(seed, 300), points(seed + 50, 5)
    picks, skip = [], strategy._left_out(300)
    for _ in range(60):
        gaps = slow_gaps(vectors, np.concatenate([known, vectors[picks]]))
        gaps[picks] = -1
        picks.append(int(np.argsort(-gaps)[skip]))
    assert strategy.select(view_of(vectors, known), 60, generator(0)).ids == picks


def test_without_labels_the_first_is_nearest_to_the_mean_and_the_next_farthest_from_it():
    vectors = points(3, 100)
    first = int(np.linalg.norm(vectors - vectors.mean(axis=0), axis=1).argmin())
    second = int(slow_gaps(vectors, vectors[[first]]).argmax())
    picks = KCenter().select(view_of(vectors), 2, generator(0))
    assert picks.ids == [first, second]
    assert KCenter().select(view_of(vectors), 1, generator(0)).picks == picks.picks[:1]


def test_what_is_pending_is_a_centre_too():
    line = np.array([[0.0], [4.0], [9.0]], np.float32)
    view = View("abc", arrays={"embedding": line, "pending_embedding": line[[2]]}, pending=["out"])
    assert KCenter().select(view, 2, generator(0)).ids == ["a", "b"]


def test_robust_leaves_the_outlier_to_the_end():
    vectors = np.concatenate([points(1, 99), 40 * np.ones((1, 8), np.float32)])
    known = points(2, 3)
    assert KCenter().select(view_of(vectors, known), 1, generator(0)).ids == [99]
    assert KCenterRobust().select(view_of(vectors, known), 100, generator(0)).ids[-1] == 99


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_the_type_does_not_change_the_picks(kind):
    vectors = points(4, 200).astype(np.float16)
    expected = KCenter().select(view_of(vectors.astype(np.float32)), 30, generator(0)).ids
    assert KCenter().select(view_of(vectors.astype(kind)), 30, generator(0)).ids == expected


@pytest.mark.parametrize("block", [1, 7, 64])
@pytest.mark.parametrize("tile", [16, 200])
def test_blocks_and_tiles_do_not_change_the_picks(block, tile, monkeypatch):
    table = Rows(points(5, 200), generator(5).permutation(200))
    known = points(6, 9)
    expected = KCenter().select(view_of(table, known), 50, generator(0)).ids
    monkeypatch.setattr(reading, "BLOCK", block)
    monkeypatch.setattr(reading, "PRODUCTS", tile)
    assert KCenter().select(view_of(table, known), 50, generator(0)).ids == expected


def test_more_ties_than_are_kept_in_memory_are_broken_by_the_generator(monkeypatch):
    for name in ("FRONT", "CACHED", "CROWD"):
        monkeypatch.setattr(lazy, name, 4)
    vectors = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    firsts = set()
    picks = KCenter().select(view_of(vectors, vectors[:1]), 60, generator(0)).ids
    assert sorted(picks) == list(range(60))
    for seed in range(300):
        picks = KCenter().select(view_of(vectors, vectors[:1]), 2, generator(seed)).ids
        assert {picks[0] // 20, picks[1] // 20} == {1, 2}
        firsts.add(picks[0])
    assert firsts == set(range(20, 60))


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(InvalidInput, match=r"left_out is a share .* \[0, 1\)"):
        KCenterRobust(left_out=share)

"""Coverage: facility location, herding and balls against plain greedy on all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.coverage.herding import FacilityLocation, MaxHerding, UncertaintyHerding
from asknext.strategies.coverage.prob_cover import ProbCover, pure_radius
from asknext.strategies.kernels import cover as kernel
from asknext.strategies.kernels import pairs, reading
from asknext.strategies.uncertainty.classes import Margin


def slow_similarity(name, cosine):
    return {
        "facility_location": lambda c: (1 + c) / 2,
        "max_herding": lambda c: np.exp(-(2 - 2 * c)),
        "prob_cover": lambda c: (np.sqrt(np.maximum(2 - 2 * c, 0)) <= 0.8) * 1.0,
    }[name](cosine)


def slow_gains(name, vectors, asked, weights):
    """What each candidate would add; all pairs, plain float64."""
    wide = np.asarray(vectors, float)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    covered = np.zeros(len(wide))
    if len(asked):
        rows = np.asarray(asked, float)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        covered = slow_similarity(name, wide @ rows.T).max(axis=1)
    found = slow_similarity(name, wide @ wide.T) - covered[:, None]
    return weights @ np.maximum(found, 0) / weights.sum()


STRATEGIES = [FacilityLocation(), MaxHerding(), ProbCover(delta=0.8)]
each_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: s.name)


def points(seed, n, columns=6):
    vectors = generator(seed, "points").standard_normal((n, columns))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def view_of(vectors, known=None, **arrays):
    arrays["embedding"] = vectors
    if known is None:
        return View(range(len(vectors)), arrays=arrays)
    arrays["labelled_embedding"] = known
    labelled = list(range(-len(known), 0))
    return View(range(len(vectors)), arrays=arrays, labelled=labelled, labels=["x"] * len(known))


def check_greedy(strategy, vectors, known, ids, weights=None, name=None):
    """Each pick must have the largest gain that the slow reference finds, but for rounding."""
    heavy = np.ones(len(vectors)) if weights is None else weights
    asked = list(known)
    for i, row in enumerate(ids):
        gains = slow_gains(name or strategy.name, vectors, asked, heavy)
        gains[ids[:i]] = -1
        assert gains[row] >= gains.max() - 1e-7, (i, row, int(gains.argmax()))
        asked.append(vectors[row])


@each_strategy
@given(
    grid=st.lists(st.tuples(*[st.integers(-1, 1)] * 3).filter(any), min_size=1, max_size=20),
    known=st.integers(0, 2),
    seed=st.integers(0, 9),
)
@settings(max_examples=40, deadline=None)
def test_each_pick_is_one_that_the_slow_reference_allows(strategy, grid, known, seed):
    vectors = np.array(grid, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = vectors[:known]
    ids = strategy.select(view_of(vectors, asked if known else None), 99, generator(seed)).ids
    assert sorted(ids) == list(range(len(vectors)))
    check_greedy(strategy, vectors, asked, ids)


@each_strategy
@pytest.mark.parametrize("known", [0, 7])
def test_picks_and_scores_on_many_points_are_the_slow_ones(strategy, known, monkeypatch):
    monkeypatch.setattr(pairs, "TILE", 32)
    monkeypatch.setattr(pairs, "SUMMED", 5)
    vectors, asked = points(1, 150), points(2, known)
    picks = strategy.select(view_of(vectors, asked if known else None), 60, generator(0))
    check_greedy(strategy, vectors, asked, picks.ids)
    slow = slow_gains(strategy.name, vectors, asked, np.ones(150)).max()
    assert picks.picks[0].score == pytest.approx(slow, rel=1e-5)


@pytest.mark.parametrize("strategy", STRATEGIES[:2], ids=lambda s: s.name)
def test_blocks_tiles_types_and_order_do_not_change_the_picks(strategy, monkeypatch):
    half = points(3, 120).astype(np.float16)
    # 9 picks: the gains differ by more than rounding
    expected = strategy.select(view_of(half.astype(np.float32)), 9, generator(0)).ids
    for kind in (np.float16, np.float64):
        assert strategy.select(view_of(half.astype(kind)), 9, generator(0)).ids == expected
    order = generator(4).permutation(120)
    shuffled = strategy.select(view_of(Rows(half, order)), 9, generator(5)).ids
    assert [int(order[row]) for row in shuffled] == expected
    monkeypatch.setattr(reading, "BLOCK", 11)
    monkeypatch.setattr(reading, "PRODUCTS", 64)
    monkeypatch.setattr(pairs, "TILE", 7)
    assert strategy.select(view_of(half), 9, generator(0)).ids == expected


@each_strategy
def test_equal_candidates_are_picked_by_the_generator(strategy):
    vectors = np.repeat(np.eye(2, dtype=np.float32), [6, 4], axis=0)
    found = {tuple(strategy.select(view_of(vectors), 2, generator(s)).ids) for s in range(300)}
    assert found == {(i, j) for i in range(6) for j in range(6, 10)}


@each_strategy
def test_a_larger_pool_is_covered_by_samples_of_it(strategy, monkeypatch, make_groups):
    monkeypatch.setattr(kernel, "EXACT", 60)
    vectors, group = make_groups([40] * 6, spread=0.02)
    ids = strategy.select(view_of(vectors), 240, generator(0)).ids
    assert sorted(ids) == list(range(240))
    assert sorted(group[ids[:6]].tolist()) == list(range(6))
    assert strategy.select(view_of(vectors), 100, generator(0)).ids == ids[:100]


def test_herding_counts_uncertainty_and_narrows_with_the_labels():
    vectors, known = points(6, 80), points(7, 12)
    proba = generator(8).dirichlet(np.ones(3), 80)
    view = view_of(vectors, known, proba=proba)
    apart = np.linalg.norm(known[:, None].astype(float) - known[None], axis=2)
    width = apart[np.triu_indices(12, 1)].min()
    ids = UncertaintyHerding().select(view, 25, generator(0)).ids
    assert ids == UncertaintyHerding(width=width).select(view, 25, generator(0)).ids
    ordered = np.sort(proba, axis=1)
    weights = 1 - (ordered[:, -1] - ordered[:, -2])
    asked = known.astype(float)
    for i, row in enumerate(ids):
        cosine = vectors.astype(float) @ np.concatenate([asked, vectors[ids[:i]]]).T
        covered = np.exp((2 * cosine - 2) / width**2).max(axis=1)
        near = np.exp((2 * vectors.astype(float) @ vectors.T - 2) / width**2)
        gains = weights @ np.maximum(near - covered[:, None], 0)
        gains[ids[:i]] = -1
        assert gains[row] >= gains.max() * (1 - 1e-6)


def test_herding_with_one_uncertainty_for_all_is_max_herding():
    vectors, known = points(9, 60), points(10, 5)
    view = view_of(vectors, known, proba=np.full((60, 2), 0.5))
    ids = UncertaintyHerding(width=1.0).select(view, 20, generator(0)).ids
    assert ids == MaxHerding().select(view_of(vectors, known), 20, generator(0)).ids


def test_herding_with_a_narrow_kernel_is_margin_at_any_temperature():
    vectors, proba = points(11, 60), generator(12).dirichlet(np.ones(2), 60)
    view = view_of(vectors, proba=proba)
    expected = Margin().select(view, 20, generator(0)).ids
    for temperature in (0.5, 1.0, 3.0):
        strategy = UncertaintyHerding(width=0.01, temperature=temperature)
        assert strategy.select(view, 20, generator(0)).ids == expected


def test_the_default_radius_keeps_95_percent_of_the_balls_pure(make_groups):
    vectors, group = make_groups([50] * 4, spread=0.05)
    radius = pure_radius(
        View(range(200), arrays={"embedding": vectors}, classes="abcd"), generator(0)
    )
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    apart[group[:, None] == group] = np.inf
    assert (apart.min(axis=1) > radius - 1e-5).mean() >= 0.95
    assert (apart.min(axis=1) > radius + 1e-5).mean() < 0.96
    ids = (
        ProbCover()
        .select(View(range(200), arrays={"embedding": vectors}, classes="abcd"), 4, generator(0))
        .ids
    )
    assert sorted(group[ids].tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxHerding(width=0), "width is a distance .* larger than 0"),
        (lambda: UncertaintyHerding(temperature=0), "temperature is a number larger than 0"),
        (lambda: ProbCover(delta=3), r"delta is a distance between unit vectors in \[0, 2\]"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()

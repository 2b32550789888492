"""D-optimal: the picks of greedy log det from scratch; limits that tell right from wrong."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.preference.d_optimal import DOptimal


def weight(gap):
    p = 1 / (1 + exp(-gap))
    return p * (1 - p)


def slow_greedy(pairs, weights, known, known_weights, k, ridge):
    """Compute the determinant with each candidate for each pick."""
    matrix = ridge * np.eye(pairs.shape[1])
    for z, w in zip(known, known_weights, strict=True):
        matrix += w * np.outer(z, z)
    picks, gains = [], []
    for _ in range(k):
        now = np.linalg.slogdet(matrix)[1]
        gain = {
            i: np.linalg.slogdet(matrix + weights[i] * np.outer(pairs[i], pairs[i]))[1] - now
            for i in range(len(pairs))
            if i not in picks
        }
        best = max(gain, key=lambda i: gain[i])
        picks.append(best)
        gains.append(gain[best])
        matrix += weights[best] * np.outer(pairs[best], pairs[best])
    return picks, gains


def make_view(pairs, known=(), **arrays):
    shown = {"pair_difference": pairs}
    if len(known):
        shown["labelled_pair_difference"] = known
    return View(
        range(len(pairs)),
        arrays=shown | arrays,
        labelled=range(1000, 1000 + len(known)),
        labels=["A"] * len(known),
    )


def make_pairs(seed, n, columns=5):
    return generator(seed, "pairs").standard_normal((n, columns)).astype(np.float32)


@pytest.mark.parametrize("front", [2, 1024])
@pytest.mark.parametrize(
    ("n", "m", "ridge", "gaps"),
    [(30, 0, 1.0, False), (30, 6, 1.0, False), (30, 6, 0.01, True), (25, 0, 10.0, True)],
)
def test_picks_are_those_of_determinants(n, m, ridge, gaps, front, monkeypatch):
    monkeypatch.setattr("asknext.strategies.kernels.lazy.FRONT", front)
    for seed in range(4):
        pairs, known = make_pairs(seed, n), make_pairs(seed + 50, m)
        rng = generator(seed, "gaps")
        gap, known_gap = 2 * rng.standard_normal(n), 2 * rng.standard_normal(m)
        arrays = {"reward_gap": gap, "labelled_reward_gap": known_gap} if gaps else {}
        weights = [weight(g) if gaps else 0.25 for g in gap]
        known_weights = [weight(g) if gaps else 0.25 for g in known_gap]
        picks, gains = slow_greedy(pairs, weights, known, known_weights, n, ridge)
        view = make_view(pairs, known, **arrays)
        found = DOptimal(ridge=ridge).select(view, n, generator(seed))
        assert found.ids[:20] == picks[:20]
        assert [pick.score for pick in found] == pytest.approx(gains, rel=1e-4)
        assert DOptimal(ridge=ridge).select(view, 6, generator(1)).ids == picks[:6]


def test_one_direction_is_asked_once_before_the_others():
    pairs = np.array([[3, 0, 0], [3, 0, 0], [0, 2, 0], [0, 0, 1]], np.float32)
    found = DOptimal(ridge=0.1).select(make_view(pairs), 4, generator(0)).ids
    assert found[0] in (0, 1)
    assert found[1:3] == [2, 3]


def test_what_is_labelled_or_out_is_not_asked_again():
    pairs = np.array([[3, 0], [0, 2]], np.float32)
    known = np.array([[5, 0]], np.float32)
    strategy = DOptimal(ridge=0.1)
    assert strategy.select(make_view(pairs), 1, generator(0)).ids == [0]
    assert strategy.select(make_view(pairs, known), 1, generator(0)).ids == [1]
    out = make_view(pairs, pending_pair_difference=known)
    assert strategy.select(out, 1, generator(0)).ids == [1]


def test_a_decided_pair_tells_little():
    pairs = np.array([[3, 0], [0, 2]], np.float32)
    view = make_view(pairs, reward_gap=np.array([-9.0, 0.0]))
    assert DOptimal().select(view, 1, generator(0)).ids == [1]
    # A labelled pair that was decided told little, so its direction is still open.
    known = np.array([[3, 0]], np.float32)
    for gap, first in ((0.0, 1), (12.0, 0)):
        view = make_view(pairs, known, labelled_reward_gap=np.array([gap]))
        assert DOptimal(ridge=0.1).select(view, 1, generator(0)).ids == [first]


def test_duplicates_and_zeros_are_left_to_the_generator():
    pairs = np.vstack([make_pairs(2, 3).repeat(5, axis=0), np.zeros((4, 5), np.float32)])
    firsts = {DOptimal().select(make_view(pairs), 1, generator(s)).ids[0] for s in range(80)}
    assert len(firsts) == 5
    assert len({row // 5 for row in firsts}) == 1
    assert sorted(DOptimal().select(make_view(pairs), 19, generator(0)).ids) == list(range(19))
    nothing = np.zeros((3, 2), np.float32)
    firsts = {DOptimal().select(make_view(nothing), 1, generator(s)).ids[0] for s in range(40)}
    assert firsts == {0, 1, 2}


def test_kind_of_number_and_block_do_not_change_the_picks(monkeypatch):
    pairs, known = make_pairs(5, 200).astype(np.float16), make_pairs(6, 9)
    expected = DOptimal().select(make_view(pairs, known), 30, generator(0)).ids
    for kind in (np.float32, np.float64):
        view = make_view(pairs.astype(kind), known)
        assert DOptimal().select(view, 30, generator(0)).ids == expected
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", 17)
    assert DOptimal().select(make_view(pairs, known), 30, generator(0)).ids == expected


def test_labels_without_differences_are_refused():
    view = View([1], arrays={"pair_difference": np.ones((1, 2))}, labelled=[9], labels=["A"])
    with pytest.raises(Unsupported, match="'labelled_pair_difference' is not available"):
        DOptimal().select(view, 1, generator(0))


@pytest.mark.parametrize("gap", [np.array([1.0]), np.array([1.0, np.nan])])
def test_gaps_are_one_finite_number_a_pair(gap):
    with pytest.raises(InvalidInput, match="reward_gap must be 2 finite numbers"):
        DOptimal().select(make_view(np.eye(2), reward_gap=gap), 1, generator(0))


@pytest.mark.parametrize("ridge", [0, -1, np.inf, True, "1"])
def test_a_ridge_is_above_zero(ridge):
    with pytest.raises(InvalidInput, match="ridge is a number above 0; given: "):
        DOptimal(ridge=ridge)

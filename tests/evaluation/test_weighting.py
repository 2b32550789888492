"""Weights make chosen answers speak for the pool: bias and coverage over simulated rounds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.estimates import Estimate, joined, share_estimate
from asknext.evaluation.weighting import lure, lure_weights, worth

POOL, DRAWN, ROUNDS = 400, 60, 400


def draw(chance: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw one after another without replacement; return rows and their chances at their turn."""
    order = np.argsort(rng.exponential(size=len(chance)) / chance)
    left = chance[order][::-1].cumsum()[::-1]
    return order[:DRAWN], (chance[order] / left)[:DRAWN]


@cache
def rounds(beta: float) -> tuple[list[Estimate], list[float], list[float]]:
    """Draw hard examples more often; return the estimates, the plain means, and the truths."""
    found, plain, truth = [], [], []
    for seed in range(ROUNDS):
        rng = generator(seed, "lure", beta)
        easy = rng.beta(2, 1, POOL)
        right = (rng.random(POOL) < easy).astype(float)
        rows, chances = draw((1.05 - easy) ** beta, rng)
        found.append(lure(right[rows], chances, POOL))
        plain.append(right[rows].mean())
        truth.append(right.mean())
    return found, plain, truth


def test_the_weighted_mean_is_unbiased_where_the_plain_one_is_far_off() -> None:
    found, plain, truth = rounds(1.0)
    gaps = np.array([one.estimate for one in found]) - truth
    assert abs(gaps.mean()) < 3.5 * gaps.std() / ROUNDS**0.5
    assert np.mean(np.array(plain) - truth) < -0.1


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_intervals_cover_the_pool(beta: float) -> None:
    found, _, truth = rounds(beta)
    inside = [one.low <= t <= one.high for one, t in zip(found, truth, strict=True)]
    assert 0.91 <= np.mean(inside) <= 0.99


def test_even_chances_weigh_nothing_and_all_drawn_is_exact() -> None:
    assert lure_weights(1.0 / np.arange(10, 4, -1), 10) == pytest.approx(1.0)
    values = [1.0, 0.0, 1.0]
    whole = lure(values, [0.9, 0.2, 1.0], 3)
    assert whole.estimate == pytest.approx(2 / 3)
    assert whole.variance == 0.0


def test_the_weights_are_those_of_the_paper_term_by_term() -> None:
    rng = generator(1, "terms")
    chances, pool, drawn = rng.uniform(0.01, 0.5, 7), 20, 7
    slow = [
        1 + (pool - drawn) / (pool - m) * (1 / ((pool - m + 1) * q) - 1)
        for m, q in enumerate(chances, start=1)
    ]
    assert lure_weights(chances, pool) == pytest.approx(slow)


def test_what_cannot_be_weighted_is_refused() -> None:
    with pytest.raises(InvalidInput, match="chances in"):
        lure_weights([0.5, 0.0], 10)
    with pytest.raises(InvalidInput, match="chances in"):
        lure_weights([0.5, 0.5], 1)
    with pytest.raises(InvalidInput, match="one for each"):
        lure([1.0], [0.5, 0.5], 10)


def test_two_samples_say_more_than_one() -> None:
    found, _, truth = rounds(1.0)
    pairs = [joined(two, [1, 1]) for two in zip(found[::2], found[1::2], strict=True)]
    middle = [(a + b) / 2 for a, b in zip(truth[::2], truth[1::2], strict=True)]
    inside = [one.low <= t <= one.high for one, t in zip(pairs, middle, strict=True)]
    assert 0.91 <= np.mean(inside) <= 0.995
    assert np.mean([one.effective for one in pairs]) > 1.5 * np.mean([x.effective for x in found])


def test_uneven_draws_are_worth_less() -> None:
    assert worth([0.2, 0.05, 0.3], 20) < worth([1 / 20, 1 / 19, 1 / 18], 20) == pytest.approx(3.0)


def test_an_estimate_lies_within_its_limits_and_counts_as_it_came_out():
    over = share_estimate(1.02, 0.001, 50)
    assert over.low <= over.estimate <= over.high
    assert over.estimate == 1.0
    assert "raw" not in over.to_json()
    assert joined([over, share_estimate(0.9, 0.001, 50)], [1, 1]).estimate == pytest.approx(0.96)
    assert share_estimate(-0.015, 0.001, 50).estimate == 0.0

"""Predictions narrow the interval and never move the mean: bias and coverage, simulated."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.prediction_powered import Powered, powered_share

ROUNDS = 400


@cache
def rounds(n: int, *, skill: float, lean: float = 0.0, share: float = 0.75) -> list[Powered]:
    """Predict the truth with some skill, off by `lean`; answer n of 1,000 at random."""
    found = []
    for seed in range(ROUNDS):
        rng = generator(seed, "ppi", n, skill)
        right = (rng.random(1000) < share).astype(float)
        guess = np.clip(share + skill * (right - share) + rng.normal(lean, 0.1, 1000), 0, 1)
        found.append(powered_share(right[:n], guess[:n], guess[n:]))
    return found


@pytest.mark.parametrize("n", [20, 50, 150])
@pytest.mark.parametrize("skill", [0.0, 0.6])
def test_intervals_cover(n: int, skill: float) -> None:
    found = rounds(n, skill=skill, lean=-0.1)
    inside = np.mean([one.mean.low <= 0.75 <= one.mean.high for one in found])
    assert 0.91 <= inside <= 0.99


def test_intervals_cover_near_one() -> None:
    found = rounds(60, skill=0.5, share=0.95)
    assert np.mean([one.mean.low <= 0.95 <= one.mean.high for one in found]) >= 0.91


def test_predictions_that_lean_do_not_move_the_mean() -> None:
    found = rounds(50, skill=0.6, lean=-0.2)
    means = np.array([one.mean.estimate for one in found])
    assert abs(means.mean() - 0.75) < 3.5 * means.std() / ROUNDS**0.5


def test_good_predictions_narrow_and_bad_ones_cost_little() -> None:
    good, bad = rounds(100, skill=0.6), rounds(100, skill=0.0)
    assert np.median([one.saved for one in good]) > 100
    widths = [(one.mean.high - one.mean.low) / (one.plain.high - one.plain.low) for one in bad]
    assert np.mean(widths) < 1.01


def test_without_further_guesses_the_answers_stand_alone() -> None:
    for others in ([], [0.5] * 50):
        found = powered_share([1.0, 0.0] * 10, [0.5, 0.5] * 10, others)
        assert (found.lean, found.mean) == (0.0, found.plain)


def test_pairs_are_needed() -> None:
    with pytest.raises(InvalidInput, match="in pairs"):
        powered_share([1.0], [], [0.5])

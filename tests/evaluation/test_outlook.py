"""Where a curve leads and what a strategy saved: coverage over simulated projects."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.extrapolation import Belief, Law, Points, fit, foresee, laws
from asknext.evaluation.saving import Arm, equal_number, minutes_saved, saved

ITEMS, NOW, POOL = 50, 500, 20_000
ASKED, RANDOM = Law(0.9, 1.2, 0.6), Law(0.9, 1.2, 0.5)
SIZES = [20.0, 60.0, 180.0, float(NOW)]
LEARNT = 40  # control answers that each training of the random arm is drawn from


def right(quality: float, hard: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Be right about items of a hardness that all models share in part."""
    own = rng.standard_normal(len(hard))
    line = ndtri(min(max(quality, 0.05), 0.98))
    return (line > math.sqrt(0.6) * hard + math.sqrt(0.4) * own).astype(float)


@cache
def project(seed: int) -> tuple[Arm, Arm]:
    """Simulate the curve of a project's answers, and that of its random ones, on the same items."""
    rng = generator(seed, "project")
    hard, luck = rng.standard_normal(ITEMS), rng.standard_normal()
    asked = np.array([right(ASKED.at(n), hard, rng) for n in SIZES])
    random = np.array([[_repeat(r, hard, luck, rng) for _ in range(3)] for r in (10, 20, 30)])
    return Arm(np.array(SIZES), asked[:, None]), Arm(np.array([10.0, 20.0, 30.0]), random)


def _repeat(r: int, hard: np.ndarray, luck: float, rng: np.random.Generator) -> np.ndarray:
    share, folds = r / LEARNT, np.array_split(hard, 5)
    off = [math.sqrt(share) * luck + math.sqrt(1 - share) * rng.standard_normal() for _ in folds]
    pairs = zip(folds, off, strict=True)
    return np.concatenate([right(RANDOM.at(r) + 0.04 * x, fold, rng) for fold, x in pairs])


def outlook(seed: int, targets: list[float]) -> dict[str, Any]:
    asked, _ = project(seed)
    rng = generator(seed, "foresee")
    return foresee(SIZES, asked.scores[:, 0], targets, now=NOW, most=POOL, rng=rng, draws=40)


def test_the_band_covers_what_comes() -> None:
    target = ASKED.at(2 * NOW)
    found = [outlook(seed, [target]) for seed in range(40)]
    ahead = [next(p for p in one["band"] if p["answers"] == 2 * NOW) for one in found]
    assert np.mean([p["low"] <= target <= p["high"] for p in ahead]) >= 0.8
    spans = [one["targets"][0] for one in found]
    reached = [
        s["low"] is not None and s["low"] <= NOW and (s["high"] is None or s["high"] >= NOW)
        for s in spans
    ]
    assert np.mean(reached) >= 0.8


def test_what_lies_above_the_ceiling_is_not_foreseeable() -> None:
    found = [outlook(seed, [0.999])["targets"][0] for seed in range(8)]
    assert all(one["high"] is None for one in found)
    assert sum(one["more"] is None for one in found) >= 7


def test_more_items_make_the_band_narrower() -> None:
    widths = []
    for items in (30, 600):
        rng = generator(1, "items")
        hard = rng.standard_normal(items)
        scores = np.array([right(ASKED.at(n), hard, rng) for n in SIZES])
        found = foresee(SIZES, scores, [], now=NOW, most=POOL, rng=rng, draws=40)
        widths.append(found["band"][0]["high"] - found["band"][0]["low"])
    assert widths[1] < widths[0] / 2


def test_exact_points_give_the_law_back() -> None:
    x = np.geomspace(10, 10_000, 12)
    law = Law(0.92, 1.5, 0.55)
    made = fit([Points(x, law.at(x), np.full(12, 1e-4))], Belief(2.0, math.log(0.5)))[0]  # type: ignore[arg-type]
    assert made == pytest.approx(law, rel=0.02)


def test_the_saving_lies_within_its_interval() -> None:
    truth = RANDOM.reach(ASKED.at(NOW)) - NOW
    inside, middle = [], []
    for seed in range(25):
        found = saved(
            *project(seed), now=NOW, most=POOL, drawn_from=LEARNT, apart=5,
            rng=generator(seed, "saved"), draws=40,
        )  # fmt: skip
        answers = found["answers"]
        inside.append(answers["low"] <= truth <= answers["high"])
        middle.append(answers["estimate"])
    assert np.mean(inside) >= 0.8
    assert np.median(middle) < 1.5 * truth


def test_the_pool_bounds_the_saving() -> None:
    found = saved(
        *project(0), now=NOW, most=600, drawn_from=LEARNT, apart=5,
        rng=generator(0, "saved"), draws=20,
    )  # fmt: skip
    assert found["bounded"]
    assert found["answers"]["high"] == 100.0


def test_at_an_equal_number_the_difference_is_unbiased_and_covered() -> None:
    gaps, inside = [], []
    for seed in range(200):
        rng = generator(seed, "equal")
        hard = rng.standard_normal(ITEMS)
        ours = np.array([[right(0.7, hard, rng)]])
        theirs = np.array([[right(0.6, hard, rng) for _ in range(3)]])
        found = equal_number(Arm(np.array([30.0]), ours), Arm(np.array([30.0]), theirs))
        assert found is not None
        gaps.append(found["difference"])
        inside.append(found["low"] <= 0.1 <= found["high"])
    assert np.mean(gaps) == pytest.approx(0.1, abs=0.02)
    assert 0.84 <= np.mean(inside) <= 0.96
    assert equal_number(project(0)[0], Arm(np.array([25.0]), ours)) is None


def test_minutes_count_how_slow_the_chosen_questions_were() -> None:
    needed = {"estimate": 200.0, "low": 150.0, "high": 300.0}
    rng = generator(0, "minutes")
    found = minutes_saved(needed, 100, [12.0] * 100, [6.0] * 10, rng=rng)
    assert found == pytest.approx({"estimate": 0.0, "low": -5.0, "high": 10.0})
    assert minutes_saved(needed, 100, [12.0] * 100, [6.0] * 4, rng=rng) is None


def test_too_few_points_are_refused() -> None:
    with pytest.raises(InvalidInput, match="three points"):
        laws([10, 20], np.ones((2, 5)), generator(0, "x"))
    asked, random = project(0)
    with pytest.raises(InvalidInput, match="three points"):
        saved(Arm(asked.sizes[:2], asked.scores[:2]), random, now=9, most=9, drawn_from=9,
              apart=5, rng=generator(0, "x"))  # fmt: skip

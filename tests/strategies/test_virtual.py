"""Virtual adversarial pushes: against the power method in the space of the features."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.gradient.virtual import STEPS
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.kernels.seeding import ONE_BY_ONE, draw_spread


def make(n=30, classes=4, columns=6, seed=0):
    rng = generator(seed, "virtual")
    return {
        "features": rng.standard_normal((n, columns)).astype(np.float32),
        "weight": rng.standard_normal((classes, columns)).astype(np.float32),
        "bias": rng.standard_normal(classes).astype(np.float32),
    }


def soft(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def slow_push(arrays, x):
    """Return the push r (d,) of length 1, its divergence at 0.1, by plain matrices."""
    w, b = arrays["weight"].astype(float), arrays["bias"].astype(float)
    p = soft(w @ x + b)
    second, first = np.argsort(w @ x + b)[-2:]
    hessian = w.T @ (np.diag(p) - np.outer(p, p)) @ w
    r = w[first] - w[second]
    for _ in range(STEPS):
        r = hessian @ r / np.linalg.norm(hessian @ r)
    both = []
    for sign in (1, -1):
        q = soft(w @ (x + 0.1 * sign * r) + b)
        both.append((sum(p * np.log(p / q)), sign))
    size, sign = max(both)
    return sign * r, size


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_vat_scores_are_those_of_the_slow_reference(classes):
    arrays = make(classes=classes, seed=classes)
    picks = build("vat").select(View(range(30), arrays=arrays), 30, generator(0))
    slow = [slow_push(arrays, x)[1] for x in arrays["features"].astype(float)]
    assert picks.ids == sorted(range(30), key=lambda row: -slow[row])
    assert [pick.score for pick in picks] == pytest.approx(sorted(slow, reverse=True), rel=1e-3)


def test_no_random_push_of_that_length_does_much_more():
    arrays = make()
    w, b = arrays["weight"].astype(float), arrays["bias"].astype(float)
    rng = generator(1)
    for x in arrays["features"][:10].astype(float):
        size = slow_push(arrays, x)[1]
        p = soft(w @ x + b)
        for _ in range(50):
            r = rng.standard_normal(len(x))
            q = soft(w @ (x + 0.1 * r / np.linalg.norm(r)) + b)
            assert sum(p * np.log(p / q)) <= 1.1 * size


def test_one_class_scores_zero():
    picks = build("vat").select(View(range(30), arrays=make(classes=1)), 5, generator(0))
    assert [pick.score for pick in picks] == [0.0] * 5


def test_vapal_draws_the_centres_of_the_slow_pushes():
    arrays = make(n=25)
    pushes = []
    for x in arrays["features"].astype(float):
        r, size = slow_push(arrays, x)
        pushes.append(r * np.sqrt(size))
    pushes = np.array(pushes)
    for seed in range(5):
        picks = build("vapal").select(View(range(25), arrays=arrays), 25, generator(seed))
        assert picks.ids == slow_seeding(pushes, 25, generator(seed))
        first = np.linalg.norm(pushes, axis=1).max()
        assert picks.picks[0].score == pytest.approx(first, rel=1e-3)


def slow_seeding(points, k, rng):
    lengths = [float(p @ p) for p in points]
    rng.random(len(points))  # the luck among ties of the first
    rows = [int(np.argmax(lengths))]
    while len(rows) < k:
        gaps = [min(float((p - points[r]) @ (p - points[r])) for r in rows) for p in points]
        sums = np.cumsum([0 if i in rows else gap for i, gap in enumerate(gaps)])
        rows.append(int(np.searchsorted(sums, rng.random() * sums[-1], "right")))
    return rows


def test_chances_are_those_of_the_draws():
    points = generator(2).standard_normal((6, 3))
    table = [Vectors(points)]
    rows, _, chances = draw_spread(table, 2, generator(0), first=4)
    first = 4
    gaps = np.square(points - points[first]).sum(axis=1)
    assert chances[0] == 1.0
    assert chances[1] == pytest.approx(gaps[rows[1]] / gaps.sum())
    counts = np.zeros(6)
    rng = generator(3)
    for _ in range(3000):
        counts[draw_spread(table, 2, rng, first=4, proposals=ONE_BY_ONE).rows[1]] += 1
    assert counts / 3000 == pytest.approx(gaps / gaps.sum(), abs=0.03)


def test_copies_are_drawn_only_once_all_that_differ_are():
    points = np.repeat(generator(4).standard_normal((5, 2)), 4, axis=0)
    for seed in range(20):
        rows, gaps, chances = draw_spread([Vectors(points)], 20, generator(seed))
        assert sorted(rows.tolist()) == list(range(20))
        assert len({row // 4 for row in rows[:5]}) == 5
        assert (gaps[5:] == 0).all()
        assert chances[5:] == pytest.approx(1 / np.arange(15, 0, -1))


@pytest.mark.parametrize("name", ["vat", "vapal"])
def test_a_radius_is_above_zero(name):
    with pytest.raises(InvalidInput, match=f"radius of {name} is a number above 0; given: -1"):
        build(f"{name}(radius=-1)")

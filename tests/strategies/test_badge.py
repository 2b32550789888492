"""BADGE: factored distances against gradients written out, and draws against exact chances."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.gradient import badge
from asknext.strategies.gradient.badge import Badge, Errors
from asknext.strategies.kernels import reading
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.kernels.seeding import draw_spread, lengths_of


def slow_gradients(proba, embedding):
    found = []
    for p, h in zip(np.asarray(proba, float), np.asarray(embedding, float), strict=True):
        error = p.copy()
        error[p.argmax()] -= 1.0
        found.append(np.outer(error, h).ravel())
    return np.array(found)


def slow_chances(gradients, batch):
    """The chance of each to be the next centre, after these."""
    gaps = [min(((g - gradients[i]) ** 2).sum() for i in batch) for g in gradients]
    return np.array(gaps) / sum(gaps)


def made(n, classes=3, columns=5, seed=0):
    rng = generator(seed, "badge")
    return rng.dirichlet(np.ones(classes), n), rng.standard_normal((n, columns)).astype("f4")


def view_of(proba, embedding, **more):
    arrays = {"proba": proba, "embedding": embedding}
    return View(range(len(proba)), arrays=arrays, **more)


def test_distances_are_those_of_the_gradients_written_out():
    proba, embedding = made(40)
    factors, slow = [Errors(proba), Vectors(embedding)], slow_gradients(proba, embedding)
    np.testing.assert_allclose(lengths_of(factors), (slow**2).sum(axis=1), rtol=1e-5)
    drawn = draw_spread(factors, 40, generator(0), first=7)
    for i, (row, square) in enumerate(zip(drawn.rows, drawn.squares, strict=True)):
        apart = ((slow[drawn.rows[:i]] - slow[row]) ** 2).sum(axis=1)
        assert square == pytest.approx(min(apart, default=(slow[7] ** 2).sum()), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("proposals", [(4, 8, 16), (1,), (32,)], ids=str)
def test_batches_are_drawn_with_the_chances_of_k_means_plus_plus(proposals, monkeypatch):
    monkeypatch.setattr(badge, "PROPOSALS", proposals)
    proba, embedding = made(6, seed=4)
    slow = slow_gradients(proba, embedding)
    first = int((slow**2).sum(axis=1).argmax())
    expected = {}
    for pair in permutations([row for row in range(6) if row != first], 2):
        start = slow_chances(slow, [first])[pair[0]]
        expected[first, *pair] = start * slow_chances(slow, [first, pair[0]])[pair[1]]
    view, draws = view_of(proba, embedding), 1200
    found = Counter(tuple(Badge().select(view, 3, generator(s)).ids) for s in range(draws))
    assert set(found) <= set(expected)
    chi = sum((found[key] - draws * p) ** 2 / (draws * p) for key, p in expected.items())
    assert chi < 43.8  # 19 degrees of freedom: one fair run in a thousand is above


def test_each_pick_carries_its_chance_and_distance():
    proba, embedding = made(30, seed=1)
    slow = slow_gradients(proba, embedding)
    picks = Badge().select(view_of(proba, embedding), 25, generator(0))
    assert picks.picks[0].probability == 1.0
    assert picks.ids[0] == (slow**2).sum(axis=1).argmax()
    lowest = np.linalg.norm(slow[picks.ids[0]])
    for i, pick in enumerate(picks.picks[1:], start=1):
        chances = slow_chances(slow, picks.ids[:i])
        assert pick.probability == pytest.approx(chances[pick.id], rel=1e-3)
        gap = min(np.linalg.norm(slow[pick.id] - slow[j]) for j in picks.ids[:i])
        lowest = min(lowest, gap)
        assert pick.score == pytest.approx(lowest, rel=1e-3)


def test_smaller_batches_are_the_start_of_larger_ones():
    proba, embedding = made(200, seed=2)
    whole = Badge().select(view_of(proba, embedding), 200, generator(7)).ids
    assert sorted(whole) == list(range(200))
    for k in (1, 2, 5, 9, 60, 131):
        assert Badge().select(view_of(proba, embedding), k, generator(7)).ids == whole[:k]


def test_copies_of_a_pick_wait_until_all_else_is_taken():
    proba, embedding = made(8, seed=3)
    rows = np.arange(40) % 8
    for seed in range(10):
        view = view_of(proba[rows], embedding[rows])
        picks = Badge().select(view, 40, generator(seed))
        assert {row % 8 for row in picks.ids[:8]} == set(range(8))
        assert [pick.score for pick in picks.picks[8:]] == [0.0] * 32
        assert sorted(picks.ids) == list(range(40))


def test_what_the_model_is_sure_of_counts_as_one():
    proba, embedding = made(30, seed=5)
    proba[10:] = np.eye(3)[np.arange(20) % 3]
    picks = Badge().select(view_of(proba, embedding), 30, generator(0)).ids
    assert set(range(10)) <= set(picks[:11])


def test_all_sure_is_a_random_order():
    view = view_of(np.ones((6, 1)), made(6)[1])
    firsts = {Badge().select(view, 1, generator(seed)).ids[0] for seed in range(100)}
    assert firsts == set(range(6))


def test_blocks_rows_and_floats_do_not_change_the_picks(monkeypatch):
    proba, embedding = made(300, seed=6)
    embedding = embedding.astype("f2")
    expected = Badge().select(view_of(proba, embedding), 30, generator(0)).ids
    for kind in ("f4", "f8"):
        found = Badge().select(view_of(proba, embedding.astype(kind)), 30, generator(0))
        assert found.ids == expected
    table = Rows(embedding[::-1], np.arange(299, -1, -1))
    assert Badge().select(view_of(proba, table), 30, generator(0)).ids == expected
    monkeypatch.setattr(reading, "BLOCK", 7)
    assert Badge().select(view_of(proba, embedding), 30, generator(0)).ids == expected


def test_nan_and_sizes_that_differ_are_refused():
    proba, embedding = made(6)
    embedding[4, 1] = np.nan
    with pytest.raises(InvalidInput, match="embedding holds NaN or infinite numbers in 1 of the 6"):
        Badge().select(view_of(proba, embedding), 2, generator(0))
    with pytest.raises(InvalidInput, match="the same number of rows; given: proba 6, embedding 5"):
        Badge().select(view_of(proba, embedding[:5]), 2, generator(0))


def test_reasons_name_the_classes():
    proba, embedding = made(2, classes=2)
    proba[:] = [0.6, 0.4]
    view = view_of(proba, embedding, classes=("退款", "billing"))
    assert Badge().select(view, 1, generator(0)).picks[0].reason == (
        "unsure between “退款” (60%) and “billing” (40%), and unlike the other questions"
    )

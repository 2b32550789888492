"""CAL: against loops over neighbours; ties, block sizes, number types."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.gradient.contrastive import nearest_shares


def make(n, m, *, classes=3, columns=6, seed=0):
    rng = generator(seed, "cal")
    return {
        "proba": rng.dirichlet(np.ones(classes), n),
        "embedding": rng.standard_normal((n, columns)).astype(np.float32),
        "labelled_embedding": rng.standard_normal((m, columns)).astype(np.float32),
        "labelled_proba": rng.dirichlet(np.ones(classes), m),
    }


def view_of(arrays, n):
    m = len(arrays["labelled_embedding"])
    return View(range(n), arrays=arrays, labelled=[f"l{i}" for i in range(m)], labels=["a"] * m)


def slow_cal(arrays, k):
    scores = []
    for p, x in zip(arrays["proba"], arrays["embedding"].astype(float), strict=True):
        gaps = [math.dist(x, other) for other in arrays["labelled_embedding"].astype(float)]
        near = sorted(range(len(gaps)), key=gaps.__getitem__)[:k]
        found = [
            sum(q * (math.log(q) - math.log(r)) for q, r in zip(known, p, strict=True))
            for known in arrays["labelled_proba"][near]
        ]
        scores.append(sum(found) / len(found))
    return scores


@pytest.mark.parametrize(("m", "neighbours"), [(1, 10), (7, 10), (40, 3), (130, 10), (200, 25)])
def test_picks_are_those_of_the_slow_reference(m, neighbours):
    for seed in range(3):
        arrays = make(60, m, seed=seed)
        strategy = build(f"cal(neighbours={neighbours})")
        picks = strategy.select(view_of(arrays, 60), 60, generator(0))
        slow = slow_cal(arrays, neighbours)
        assert picks.ids == sorted(range(60), key=lambda row: -slow[row])
        assert [pick.score for pick in picks] == pytest.approx(sorted(slow, reverse=True))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_shares_are_the_mean_over_all_orders_of_ties(data):
    m, k = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 4))
    rows = st.lists(st.integers(0, 3), min_size=m, max_size=m)
    near = np.array(data.draw(st.lists(rows, min_size=1, max_size=4)), np.float32)
    found = nearest_shares(near, k).toarray()
    for row, shares in zip(near.tolist(), found, strict=True):
        total = min(k, m)
        for value, share in zip(row, shares, strict=True):
            above, ties = sum(v > value for v in row), row.count(value)
            places = min(max(total - above, 0), ties)
            assert share == pytest.approx(places / ties / total)


def test_the_order_of_labels_that_tie_does_not_matter():
    arrays = make(30, 4)
    for name in ("labelled_embedding", "labelled_proba"):
        arrays[name] = np.repeat(arrays[name], 4, axis=0)
    arrays["labelled_proba"] = generator(3).dirichlet(np.ones(3), 16)
    first = build("cal").select(view_of(arrays, 30), 9, generator(0))
    turned = {**arrays, **{n: arrays[n][::-1] for n in arrays if n.startswith("labelled")}}
    second = build("cal").select(view_of(turned, 30), 9, generator(0))
    assert first.ids == second.ids


def test_same_predictions_everywhere_score_zero():
    arrays = make(5, 12)
    arrays["proba"] = np.full((5, 3), 1 / 3)
    arrays["labelled_proba"] = np.full((12, 3), 1 / 3)
    scores = [pick.score for pick in build("cal").select(view_of(arrays, 5), 5, generator(0))]
    assert scores == pytest.approx([0] * 5, abs=1e-12)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_block_size_changes_nothing(block, monkeypatch):
    arrays = make(50, 30)
    expected = build("cal").select(view_of(arrays, 50), 12, generator(0)).ids
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", block)
    assert build("cal").select(view_of(arrays, 50), 12, generator(0)).ids == expected


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_the_kind_of_numbers_changes_nothing(kind):
    arrays = make(40, 20)
    arrays = {name: a.astype("f2") if "embedding" in name else a for name, a in arrays.items()}
    cast = {name: a.astype(kind) if "embedding" in name else a for name, a in arrays.items()}
    found, same = (build("cal").select(view_of(a, 40), 9, generator(0)) for a in (arrays, cast))
    assert found == same


def test_probabilities_of_zero_are_no_error():
    arrays = make(4, 3, classes=2)
    arrays["proba"] = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.9, 0.1]])
    arrays["labelled_proba"] = np.array([[1.0, 0.0]] * 3)
    assert build("cal").select(view_of(arrays, 4), 4, generator(0)).ids == [2, 1, 3, 0]


def test_without_labels_and_with_other_shapes_it_says_so():
    arrays = make(4, 3)
    arrays["labelled_proba"] = arrays["labelled_proba"][:, :2]
    with pytest.raises(InvalidInput, match=r"labelled_proba has shape \(3, 2\); it must be \(3, 3"):
        build("cal").select(view_of(arrays, 4), 1, generator(0))
    with pytest.raises(Unsupported, match="there are none yet; label a few first"):
        build("cal").select(view_of(make(4, 0), 4), 1, generator(0))
    with pytest.raises(InvalidInput, match="neighbours of cal is a whole number, 1 or more"):
        build("cal(neighbours=0)")


def test_the_reason_names_the_answer():
    view = view_of(make(3, 2), 3)
    view.classes = ("退款", "billing", "other")
    reason = build("cal").select(view, 1, generator(0)).picks[0].reason
    assert reason.startswith("similar to labelled examples, yet the model answers differently: “")

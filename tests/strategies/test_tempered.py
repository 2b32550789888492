"""Tempered and clipped: probabilities of another temperature; junk that is listed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.wrappers.clipped import loneliness


def softmax(logits):
    odds = np.exp(logits)
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("inner", ["margin", "entropy", "cal"])
def test_picks_are_those_at_softer_probabilities(inner, temperature):
    rng = generator(1)
    logits, known = 3 * rng.standard_normal((60, 4)), rng.standard_normal((15, 4))
    vectors = {
        "embedding": rng.standard_normal((60, 5)).astype(np.float32),
        "labelled_embedding": rng.standard_normal((15, 5)).astype(np.float32),
    }

    def view(t):
        proba = {"proba": softmax(logits / t), "labelled_proba": softmax(known / t)}
        return View(range(60), arrays=vectors | proba)

    found = build(f"tempered({inner}, temperature={temperature})").select(view(1), 60, generator(0))
    expected = build(inner).select(view(temperature), 60, generator(0))
    assert found.ids == expected.ids
    assert [p.score for p in found] == pytest.approx([p.score for p in expected])
    assert found.picks[0].strategy == f"tempered({inner})@1"


def test_temperature_one_changes_nothing_and_it_ranks_for_other_wrappers():
    proba = generator(2).dirichlet(np.ones(4), 40)
    view = View(range(40), arrays={"proba": proba, "cost": np.ones(40)})
    plain = build("margin").select(view, 40, generator(0)).ids
    assert build("tempered(margin, temperature=1)").select(view, 40, generator(0)).ids == plain
    assert (
        build("per_cost(tempered(margin, temperature=1))").select(view, 40, generator(0)).ids
        == plain
    )
    with pytest.raises(InvalidInput, match=r"tempered\(typiclust\) chooses batches"):
        build("power(tempered(typiclust))")
    with pytest.raises(InvalidInput, match="temperature of tempered is a number above 0"):
        build("tempered(margin, temperature=0)")


def slow_loneliness(points, near):
    found = []
    for i, x in enumerate(points):
        gaps = sorted(float(np.linalg.norm(x - y)) for j, y in enumerate(points) if j != i)
        found.append(sum(gaps[:near]) / len(gaps[:near]))
    return found


def test_junk_is_both_uncertain_and_lonely():
    rng = generator(3)
    points = rng.standard_normal((120, 4)).astype(np.float32)
    points[:15] *= 6
    proba = rng.dirichlet(np.ones(3), 120)
    view = View([f"e{i}" for i in range(120)], arrays={"proba": proba, "embedding": points})
    picks = build("clipped(margin, share=0.3)").select(view, 120, generator(0))
    ordered = np.sort(proba, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    gaps = np.array(slow_loneliness(points.astype(float), 10))
    lonely = gaps > np.quantile(gaps, 0.9)
    unsure = np.argsort(margin)[:36]
    expected = sorted((row for row in unsure if lonely[row]), key=lambda row: -gaps[row])
    assert len(expected) >= 3
    assert picks.state["junk"] == [f"e{row}" for row in expected]
    rest = [row for row in np.argsort(margin) if row not in expected]
    last = sorted(expected, key=lambda row: margin[row])
    assert picks.ids == [f"e{row}" for row in [*rest, *last]]
    json.dumps(dict(picks.state))


def test_copies_of_each_other_are_not_lonely_but_at_no_distance():
    points = np.ones((6, 3), np.float32)
    rows = np.arange(6)
    assert loneliness(points, rows, points, rows) == pytest.approx(np.zeros(6), abs=1e-3)


def test_a_pool_too_small_for_a_share_has_no_junk():
    proba = generator(4).dirichlet(np.ones(2), 9)
    view = View(range(9), arrays={"proba": proba, "embedding": np.eye(9, dtype=np.float32)})
    picks = build("clipped(margin)").select(view, 9, generator(0))
    assert picks.ids == build("margin").select(view, 9, generator(0)).ids
    assert picks.state == {"junk": []}


@pytest.mark.parametrize("share", ["0", "0.0", "1.0", "'a'", "True"])
def test_a_share_is_between_zero_and_one(share):
    with pytest.raises(InvalidInput, match="share of clipped is a share of the candidates"):
        build(f"clipped(margin, share={share})")

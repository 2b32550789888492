"""DropQuery: changes against a loop; which candidates are clustered."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.gradient.drop_query import DropQuery


def make(n=80, classes=3, columns=16, seed=0):
    rng = generator(seed, "drop")
    return {
        "features": rng.standard_normal((n, columns)).astype(np.float32),
        "weight": rng.standard_normal((classes, columns)).astype(np.float32),
        "bias": rng.standard_normal(classes).astype(np.float32),
    }


def slow_changes(arrays, passes, drop, rng):
    w, b, x = arrays["weight"], arrays["bias"], arrays["features"]
    masks = rng.random((len(x), passes, x.shape[1]), np.float32) >= drop
    found = []
    for row, features in enumerate(x):
        own = (w @ features + b).argmax()
        dropped = [features * mask / (1 - drop) for mask in masks[row]]
        found.append(sum((w @ d + b).argmax() != own for d in dropped))
    return found


@pytest.mark.parametrize(("passes", "drop"), [(3, 0.75), (7, 0.3)])
def test_changes_are_those_of_the_slow_reference(passes, drop):
    arrays = make()
    strategy = DropQuery(passes=passes, drop=drop)
    found = strategy.changes(View(range(80), arrays=arrays), generator(4))
    assert found.tolist() == slow_changes(arrays, passes, drop, generator(4))


def test_the_inconsistent_go_first_then_the_others_by_their_changes():
    arrays = make()
    view = View(range(80), arrays=arrays)
    changed = DropQuery(passes=5).changes(view, generator(0))
    picks = build("drop_query(passes=5)").select(view, 80, generator(0))
    unsure = int((2 * changed > 5).sum())
    assert 20 < unsure < 79
    first = [2 * changed[row] > 5 for row in picks.ids[:20]]
    assert all(first)
    shares = [pick.score for pick in picks]
    assert shares == sorted(shares, reverse=True)


def test_each_group_gets_a_pick(make_groups):
    features, group = make_groups([9] * 20, columns=24)
    rng = generator(0)
    arrays = {"features": features, "weight": rng.standard_normal((5, 24)), "bias": np.zeros(5)}
    ids = (
        build("drop_query(drop=0.9, passes=9)")
        .select(View(range(180), arrays=arrays), 20, generator(0))
        .ids
    )
    changed = DropQuery(drop=0.9, passes=9).changes(View(range(180), arrays=arrays), generator(0))
    unsure = {int(group[row]) for row in range(180) if 2 * changed[row] > 9}
    assert unsure <= {int(group[row]) for row in ids}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("drop=1.0", r"drop of drop_query is a chance between 0 and 1; given: 1\.0"),
        ("drop=True", "drop of drop_query is a chance"),
        ("passes=0", "passes of drop_query is a whole number, 1 or more; given: 0"),
    ],
)
def test_bad_settings_are_refused(setting, message):
    with pytest.raises(InvalidInput, match=message):
        build(f"drop_query({setting})")

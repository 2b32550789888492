"""ALFA-Mix: flipping shares against tried steps; who is clustered; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.gradient.alfa_mix import STEP, _reach, flipping_shares


def make(n=60, m=9, classes=3, columns=5, seed=0):
    rng = generator(seed, "alfa")
    arrays = {
        "features": rng.standard_normal((n, columns)).astype(np.float32),
        "labelled_features": rng.standard_normal((m, columns)).astype(np.float32),
        "weight": 0.7 * rng.standard_normal((classes, columns)).astype(np.float32),
        "bias": rng.standard_normal(classes).astype(np.float32),
    }
    labels = [str(label) for label in rng.integers(classes, size=m)]
    return arrays, labels


def view_of(arrays, labels):
    n = len(arrays["features"])
    return View(
        range(n), arrays=arrays, labelled=[f"l{i}" for i in range(len(labels))], labels=labels
    )


def flips(arrays, labels, row, share):
    """Mix as the authors do: alpha in closed form for each anchor, then predict."""
    w, b = arrays["weight"].astype(float), arrays["bias"].astype(float)
    x = arrays["features"][row].astype(float)
    logits = w @ x + b
    p = np.exp(logits - logits.max())
    p /= p.sum()
    own = int(logits.argmax())
    gradient = w.T @ (p - np.eye(len(b))[own])
    for label in set(labels):
        known = [i for i, other in enumerate(labels) if other == label]
        z = arrays["labelled_features"][known].astype(float).mean(axis=0) - x
        alpha = share * np.linalg.norm(z) / np.linalg.norm(gradient) * gradient / z
        mixed = (1 - alpha) * x + alpha * (z + x)
        if (w @ mixed + b).argmax() != own:
            return True
    return False


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_share_is_where_the_authors_mixing_flips(classes):
    arrays, labels = make(classes=classes, seed=classes)
    shares = flipping_shares(view_of(arrays, labels))
    assert np.isfinite(shares).sum() > 30
    for row, share in enumerate(shares):
        assert not flips(arrays, labels, row, 0.995 * min(share, 1e3))
        if np.isfinite(share):
            assert flips(arrays, labels, row, 1.005 * share)


def test_all_picks_come_from_the_first_step_with_enough_flips():
    arrays, labels = make(n=400)
    view = view_of(arrays, labels)
    shares = flipping_shares(view)
    picks = build("alfa_mix").select(view, 20, generator(0))
    cap = np.ceil(np.sort(shares)[19] / STEP) * STEP
    assert (shares[picks.ids] <= cap).all()
    assert np.count_nonzero(shares <= cap) >= 20


def test_each_group_of_the_flipping_gets_a_pick(make_groups):
    near, group = make_groups([8] * 20, columns=24)
    rng = generator(1)
    weight = np.zeros((2, 24), np.float32)
    weight[0] = 1.0
    bias = np.array([-float((near @ weight[0]).max()) - 1e-3, 0.0])
    far = -near + 0.01 * rng.standard_normal(near.shape)
    features = np.concatenate([near, 5 * far]).astype(np.float32)
    arrays = {"features": features, "weight": weight, "bias": bias}
    arrays["labelled_features"] = features[[0, 170]]
    picks = build("alfa_mix").select(view_of(arrays, ["a", "b"]), 20, generator(0))
    assert sorted(group[picks.ids]) == list(range(20))


def test_reach_counts_whole_steps():
    shares = np.array([0.01, 0.02, 0.03, 0.05, 0.06, 0.2, np.inf, np.inf])
    assert [_reach(shares, total) for total in (1, 3, 4, 5, 6, 7, 20)] == [3, 3, 5, 5, 6, 8, 8]


def test_without_labels_it_says_so():
    arrays, _ = make(m=0)
    with pytest.raises(Unsupported, match="alfa_mix mixes candidates with labelled examples"):
        build("alfa_mix").select(view_of(arrays, []), 1, generator(0))


def test_reasons_say_how_little():
    arrays, labels = make()
    view = view_of(arrays, labels)
    picks = build("alfa_mix").select(view, 1, generator(0))
    share = flipping_shares(view)[picks.ids[0]]
    assert picks.picks[0].reason == (
        f"mixing in {share:.0%} of labelled examples changes the model's answer"
    )

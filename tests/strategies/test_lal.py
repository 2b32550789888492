"""LAL: traits against loops, the fit against scikit-learn, and whether it teaches anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from asknext.core.errors import Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.adaptive.lal_tasks import PENALTY, fitted, gains, made_up, regressor
from asknext.strategies.adaptive.traits import read_traits
from asknext.strategies.build import build

CLASSES = ("a", "b", "退款")


def make(n=50, m=9, seed=0):
    rng = generator(seed, "lal test")
    return View(
        range(n),
        arrays={
            "proba": rng.dirichlet(np.ones(3), n),
            "embedding": rng.standard_normal((n, 5)).astype(np.float32),
            "labelled_embedding": rng.standard_normal((m, 5)).astype(np.float32),
        },
        labelled=[f"l{i}" for i in range(m)],
        labels=[CLASSES[i % 2] for i in range(m)],
        classes=CLASSES,
    )


def slow_traits(view):
    x, known = view.embedding.astype(float), view.labelled_embedding.astype(float)
    central = [math.dist(v, x.mean(axis=0)) for v in x]
    usual = sum(central) / len(central)
    found = []
    for i, p in enumerate(view.proba.tolist()):
        ordered = sorted(p)
        label = CLASSES[p.index(ordered[-1])]
        found.append(
            [
                ordered[-1],
                ordered[-1] - ordered[-2],
                -sum(q * math.log(q) for q in p) / math.log(3),
                min(math.dist(x[i], other) for other in known) / usual,
                central[i] / usual,
                list(view.labels).count(label) / len(view.labels),
                math.log(len(view.labels) / 3),
            ]
        )
    return np.array(found)


@pytest.mark.parametrize("block", [6, 8192])
def test_traits_are_those_of_the_slow_reference(block, monkeypatch):
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", block)
    view = make()
    assert read_traits(view, "lal") == pytest.approx(slow_traits(view), rel=1e-4)


def test_heads_are_fitted_as_scikit_learn_does():
    rng = generator(1)
    for classes in (2, 3):
        points = np.column_stack([rng.standard_normal((30, 3)), np.ones(30)])
        labels = rng.permutation(np.arange(30) % classes)
        found = fitted(points[None], labels[None], classes)[0]
        slow = LogisticRegression(
            C=1 / PENALTY * (2 if classes == 2 else 1),
            fit_intercept=False,
            tol=1e-10,
            max_iter=5000,
        ).fit(points, labels)
        logits = points @ found.T
        proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        assert proba == pytest.approx(slow.predict_proba(points), abs=2e-3)


@pytest.mark.slow
def test_what_is_taught_helps_on_tasks_it_has_not_seen():
    rng = generator(99, "unseen")
    tried = [gains(made_up(rng), rng) for _ in range(100)]
    chosen = np.mean([gained[regressor().predict(x).argmax()] for x, gained in tried])
    any_one = np.mean([gained.mean() for _, gained in tried])
    assert chosen > any_one + 0.005


def test_picks_are_in_the_order_of_the_forest():
    view = make(n=80)
    picks = build("lal").select(view, 80, generator(0))
    expected = regressor().predict(slow_traits(view))
    assert [expected[row] for row in picks.ids[:10]] == pytest.approx(
        sorted(expected, reverse=True)[:10], abs=5e-3
    )
    again = build("lal").select(view.take(np.arange(80)[::-1]), 80, generator(5))
    assert again.ids == picks.ids


def test_without_labels_it_says_so():
    with pytest.raises(Unsupported, match="lal compares candidates with labelled examples"):
        build("lal").select(make(m=0), 1, generator(0))

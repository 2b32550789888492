"""Pseudo-labels: beside a plain twin of loops, and the figure that decides about them."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.models.selftraining import AGREEMENT, CONFIDENCE, NEIGHBOURS, gain, pseudo_labels

CLASSES = ("a", "b", "c")


def scene(n: int, m: int, seed: int = 0):
    """Three bundles of directions, probabilities that mostly know which, and labels of people."""
    rng = generator(seed, "scene")
    centres = rng.standard_normal((3, 12))
    which = rng.integers(3, size=n + m)
    vectors = centres[which] + 0.7 * rng.standard_normal((n + m, 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = 3.0 * np.eye(3)[which[:n]] + rng.standard_normal((n, 3))
    proba = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = [CLASSES[i] for i in which[n:]]
    return Prediction(CLASSES, {"proba": proba}), vectors[:n], vectors[n:], labels


def plain_twin(prediction, texts, people, labels):
    """Return {place: label} by the rule as it is said."""
    said = [CLASSES[i] for i in prediction.proba.argmax(axis=1)]
    everybody = [*zip(texts, said, strict=True), *zip(people, labels, strict=True)]
    kept = {}
    for i, text in enumerate(texts):
        others = [(-(text @ v), label) for j, (v, label) in enumerate(everybody) if j != i]
        near = sorted(others)[:NEIGHBOURS]
        agree = sum(label == said[i] for _, label in near) / len(near)
        if prediction.proba[i].max() > CONFIDENCE and agree > AGREEMENT:
            kept[i] = said[i]
    return kept


@pytest.mark.parametrize(("n", "m"), [(80, 30), (700, 40), (5, 60), (1, 8)])
def test_kept_are_those_of_the_plain_twin(n: int, m: int) -> None:
    given = scene(n, m)
    found = pseudo_labels(*given)
    twin = {i: label for i, label in plain_twin(*given).items() if label in given[3]}
    assert dict(zip(found.places.tolist(), found.labels, strict=True)) == twin


def test_a_class_weighs_half_of_what_people_said_of_it_and_no_text_more_than_a_person() -> None:
    prediction, texts, people, labels = scene(300, 40)
    found = pseudo_labels(prediction, texts, people, labels)
    for label in CLASSES:
        mine = [w for w, said in zip(found.weights, found.labels, strict=True) if said == label]
        whole = 0.5 * labels.count(label)
        assert sum(mine) == pytest.approx(min(whole, len(mine)), rel=1e-5)
        assert max(mine) <= 1.0


def test_a_class_that_nobody_named_is_not_taught() -> None:
    prediction, texts, people, labels = scene(200, 30)
    only = [i for i, label in enumerate(labels) if label != "c"]
    found = pseudo_labels(prediction, texts, people[only], [labels[i] for i in only])
    assert set(found.labels) == {"a", "b"}


def test_nothing_sure_gives_nothing() -> None:
    prediction, texts, people, labels = scene(50, 10)
    flat = Prediction(CLASSES, {"proba": np.full_like(prediction.proba, 1 / 3)})
    found = pseudo_labels(flat, texts, people, labels)
    assert (len(found.places), found.labels, len(found.weights)) == (0, [], 0)


def test_how_sure_a_side_is_says_nothing_of_what_it_has_learnt() -> None:
    rng = generator(2, "gain")
    logits = rng.standard_normal((400, 3))
    numbers = (logits + rng.standard_normal((400, 3))).argmax(axis=1)
    found = gain(logits, 4.0 * logits, numbers)
    assert found.mean == pytest.approx(0.0, abs=1e-5)
    assert found.before == found.after


def test_the_side_that_knows_more_gains() -> None:
    rng = generator(3, "gain")
    truth = rng.standard_normal((400, 3))
    numbers = truth.argmax(axis=1)
    blurred = truth + rng.standard_normal((400, 3))
    found = gain(blurred, truth, numbers)
    assert found.helped
    assert found.mean > 2 * found.error
    assert found.after == 1.0
    assert gain(truth, blurred, numbers).mean == pytest.approx(-found.mean)

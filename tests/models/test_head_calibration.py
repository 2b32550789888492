"""Temperature scaling: found where it is needed, left alone where it cannot be shown to help."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Batch
from asknext.core.seeds import generator
from asknext.core.tasks import Classification
from asknext.models import calibration
from asknext.models.calibration import TYPICAL, calibrate, losses, temperature
from asknext.models.linear import LinearHead, digest

TASK = Classification(("a", "b", "c"))


def noisy(n: int, seed: int = 0, flip: float = 0.35):
    """Few examples for the columns, and wrong labels: a head that is far too sure."""
    rng = generator(seed, "noisy")
    centres = generator(0, "centres").standard_normal((3, 40))
    which = np.arange(n) % 3
    vectors = centres[which] + 1.5 * rng.standard_normal((n, 40))
    wrong = rng.random(n) < flip
    said = np.where(wrong, rng.integers(3, size=n), which)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Batch(n, vectors=vectors.astype(np.float32)), [TASK.labels[i] for i in said]


def held_out_loss(model, batch, labels) -> float:
    proba = model.predict(batch).proba
    columns = [model.classes.index(label) for label in labels]
    return float(-np.log(proba[np.arange(len(labels)), columns]).mean())


def test_planted_temperature_is_found():
    rng = generator(1, "planted")
    logits = 3.0 * rng.standard_normal((20_000, 4))
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    numbers = (proba.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert temperature(logits * 2.5, numbers) == pytest.approx(2.5, rel=0.05)
    assert temperature(logits, numbers) == pytest.approx(1.0, rel=0.05)


def test_losses_are_the_plain_formula():
    logits = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]], np.float32)
    for at in (0.5, 1.0, 3.0):
        plain = [
            -np.log(np.exp(row[k] / at) / np.exp(row / at).sum())
            for row, k in zip(logits.astype(float), (0, 2), strict=True)
        ]
        np.testing.assert_allclose(losses(logits, np.array([0, 2]), at), plain)


def test_a_head_that_is_too_sure_is_softened_and_better_on_new_examples():
    batch, labels = noisy(150)
    plain = LinearHead(TASK).fit(batch, labels, seed=0)
    better = calibrate(plain, batch, labels, 0)
    found = better.calibration
    assert found.calibrated
    assert found.temperature > 1.2
    assert found.after < found.before
    new, truth = noisy(600, seed=7)
    assert held_out_loss(better, new, truth) < held_out_loss(plain, new, truth)
    assert plain.calibration.temperature == 1.0
    assert TASK.values(better.predict(new)) == TASK.values(plain.predict(new))


def test_with_two_classes_margins_keep_their_order():
    batch, labels = noisy(150)
    keep = [i for i, label in enumerate(labels) if label != "c"]
    vectors = np.asarray(batch.need_vectors())[keep]
    pair = Batch(len(keep), vectors=vectors)
    plain = LinearHead(TASK).fit(pair, [labels[i] for i in keep], seed=0)
    better = calibrate(plain, pair, [labels[i] for i in keep], 0)
    assert better.calibration.calibrated
    margins = [np.abs(np.diff(m.predict(pair).proba.astype(float)))[:, 0] for m in (plain, better)]
    assert (margins[0].argsort() == margins[1].argsort()).all()


@pytest.mark.parametrize(
    "labels",
    [["a", "b"] * 24, ["a"] * 80, ["a"] * 78 + ["b", "c"]],
    ids=["few", "one class", "one common class"],
)
def test_too_little_to_judge_leaves_it_alone(labels):
    vectors = generator(0, "v").standard_normal((len(labels), 5)).astype(np.float32)
    batch = Batch(len(labels), vectors=vectors)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    found = calibrate(model, batch, labels, 0)
    assert not found.calibration.calibrated
    assert found.calibration.temperature == 1.0
    assert found.calibration.reason.startswith("fewer than")
    assert (found.predict(batch).proba == model.predict(batch).proba).all()


def test_no_clear_gain_leaves_it_alone():
    rng = generator(3, "pure noise")
    vectors = (1e-3 * rng.standard_normal((90, 6))).astype(np.float32)
    labels = [TASK.labels[i] for i in rng.integers(3, size=90)]
    batch = Batch(90, vectors=vectors)
    found = calibrate(LinearHead(TASK).fit(batch, labels, seed=0), batch, labels, 0).calibration
    assert (found.calibrated, found.temperature) == (False, 1.0)
    assert found.reason == "held-out log-loss did not clearly fall"


def test_rare_classes_are_learnt_from_but_never_held_out():
    batch, labels = noisy(120)
    said = ["c" if i in (0, 1) else ("a" if label == "c" else label)
            for i, label in enumerate(labels)]  # fmt: skip
    common = [i for i, label in enumerate(said) if label != "c"]
    folds = calibration._folds(said, common, 0)
    assert sorted(np.concatenate(folds).tolist()) == common
    counts = [[said[i] for i in fold].count("b") for fold in folds]
    assert max(counts) - min(counts) <= 1
    model = LinearHead(TASK).fit(batch, said, seed=0)
    assert calibrate(model, batch, said, 0).calibration.labels == len(common)


def test_the_same_seed_gives_the_same_head():
    batch, labels = noisy(150)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    assert digest(calibrate(model, batch, labels, 3)) == digest(calibrate(model, batch, labels, 3))
    assert digest(calibrate(model, batch, labels, 3)) != digest(calibrate(model, batch, labels, 4))


def learnt(n: int):
    """Vectors that know the labels of all but the last third: there a noisy label is a surprise."""
    batch, labels = noisy(n)
    vectors = np.asarray(batch.need_vectors()).copy()
    known = np.arange(n) < 2 * n // 3
    signs = np.eye(3)[[TASK.labels.index(label) for label in labels]]
    vectors[known, :3] = 3.0 * signs[known]
    return Batch(n, vectors=vectors.astype(np.float32)), labels, np.flatnonzero(~known)


def test_vectors_that_know_the_labels_are_tested_on_those_that_they_do_not_know():
    batch, labels, unseen = learnt(240)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    naive = calibrate(model, batch, labels, 0).calibration
    honest = calibrate(model, batch, labels, 0, unseen=unseen).calibration
    assert honest.labels == len(unseen)
    assert honest.before > naive.before
    assert honest.temperature > naive.temperature
    assert honest.after < honest.before


def test_without_anything_to_test_on_the_typical_temperature_is_taken():
    batch, labels, _ = learnt(60)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    nothing = np.empty(0, np.int64)
    found = calibrate(model, batch, labels, 0, unseen=nothing).calibration
    assert found.temperature == pytest.approx(TYPICAL, rel=1e-3)
    assert (found.calibrated, found.labels) == (True, 0)


def test_a_trial_counts_like_labels_and_many_outweigh_what_is_typical():
    rng = generator(4, "trial")
    logits = 3.0 * rng.standard_normal((2000, 3))
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    numbers = (proba.cumsum(axis=1) < rng.random((2000, 1))).sum(axis=1)
    batch, labels, _ = learnt(60)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    nothing = np.empty(0, np.int64)
    trial = (logits * 5.0, numbers)
    found = calibrate(model, batch, labels, 0, unseen=nothing, trial=trial).calibration
    assert found.temperature == pytest.approx(5.0, rel=0.07)
    few = calibrate(
        model, batch, labels, 0, unseen=nothing, trial=(trial[0][:4], trial[1][:4])
    ).calibration
    assert abs(few.temperature - TYPICAL) < abs(found.temperature - TYPICAL)


def test_heads_that_learn_more_than_labels_are_fitted_anew_in_each_fold():
    batch, labels = noisy(150)
    model = LinearHead(TASK).fit(batch, labels, seed=0)
    left_out = []

    def refit(keep):
        left_out.extend(set(range(150)) - set(keep.tolist()))
        part = Batch(len(keep), vectors=np.asarray(batch.need_vectors())[keep])
        return LinearHead(TASK).fit(part, [labels[i] for i in keep], seed=0)

    found = calibrate(model, batch, labels, 0, refit=refit).calibration
    assert sorted(left_out) == list(range(150))
    assert found.calibrated

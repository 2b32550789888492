"""One temperature for sets of labels: found where it is needed, left alone elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Batch
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.tasks import MultiLabel
from asknext.loop.learner import NOTHING
from asknext.models.calibration import TYPICAL
from asknext.models.label_calibration import calibrate, losses
from asknext.models.linear_labels import LinearLabels, chosen

TASK = MultiLabel(("a", "b", "c"))


def noisy(n: int, seed: int = 0) -> tuple[Batch, list[list[str]]]:
    """Few examples for the columns, and a third of the answers by chance: a head too sure."""
    rng = generator(seed, "noisy labels")
    vectors = rng.standard_normal((n, 40)).astype(np.float32)
    truth = vectors @ generator(0, "which").standard_normal((40, 3)) > 0
    by_chance = rng.random(truth.shape) < 0.35
    said = np.where(by_chance, rng.random(truth.shape) < 0.5, truth)
    return Batch(n, vectors=vectors), [
        [name for name, hit in zip(TASK.labels, row, strict=True) if hit] for row in said
    ]


def test_a_head_that_is_too_sure_is_softened_and_better_on_new_examples() -> None:
    batch, labels = noisy(150)
    plain = LinearLabels(TASK).fit(batch, labels, seed=0)
    better = calibrate(plain, batch, labels, 0)
    found = better.calibration
    assert found.calibrated
    assert found.temperature > 1.2
    new, answers = noisy(400, seed=1)
    targets = chosen(answers, TASK.labels)
    logits = plain.logits(new)
    at_once, softened = (losses(logits, targets, at).mean() for at in (1.0, found.temperature))
    assert softened < at_once
    proba = better.predict(new).array("label_proba")
    np.testing.assert_allclose(proba, 1 / (1 + np.exp(-logits / found.temperature)), atol=1e-5)


def test_few_examples_leave_it_as_it_is() -> None:
    batch, labels = noisy(30)
    found = calibrate(LinearLabels(TASK).fit(batch, labels, seed=0), batch, labels, 0).calibration
    assert (found.temperature, found.calibrated) == (1.0, False)
    assert "fewer than 50" in found.reason


def test_vectors_that_know_the_labels_are_tested_on_those_that_they_do_not_know() -> None:
    batch, labels = noisy(240)
    signs = 2.0 * chosen(labels, TASK.labels) - 1.0
    vectors = np.asarray(batch.need_vectors()).copy()
    vectors[:160, :3] = 3.0 * signs[:160]
    known, unseen = Batch(240, vectors=vectors), np.arange(160, 240)
    plain = LinearLabels(TASK).fit(known, labels, seed=0)
    naive = calibrate(plain, known, labels, 0).calibration
    honest = calibrate(plain, known, labels, 0, unseen=unseen).calibration
    assert honest.labels == 80 * len(TASK.labels)
    assert honest.temperature > naive.temperature
    assert honest.after < honest.before
    nothing = np.empty(0, np.int64)
    typical = calibrate(plain, known, labels, 0, unseen=nothing).calibration
    assert typical.temperature == pytest.approx(TYPICAL, rel=1e-3)


def test_a_refit_of_the_caller_is_what_is_judged() -> None:
    batch, labels = noisy(90)
    made = LinearLabels(TASK).fit(batch, labels, seed=0)
    asked = []

    def refit(keep: np.ndarray) -> LinearLabels:
        asked.append(len(keep))
        return made

    calibrate(made, batch, labels, 0, refit=refit)
    assert asked == [60, 60, 60]


def test_what_people_see_is_tempered_too() -> None:
    from dataclasses import replace

    said = Prediction(TASK.labels, {"label_proba": np.array([[0.8, 0.5, 0.1]])})
    shown = replace(NOTHING, temperature=2.0).calibrated(said).array("label_proba")
    assert shown[0] == pytest.approx([2 / 3, 0.5, 0.25])

"""Doubt of a trained network: dropout committees, gradient norms, distances to the boundary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.examples import Example, text_example
from asknext.core.tasks import Classification, Regression
from asknext.models.deep.finetuned import FineTuned
from tests.models.deep.conftest import LEARNT, batch_of, drawn, need

pytestmark = pytest.mark.slow
need("torch", "hf")

TASK = Classification(("HUM", "LOC", "NUM"))
QUICK: dict[str, Any] = {"learning_rate": 4e-3, "head_rate": 4e-3, "epochs": 5} | LEARNT


@pytest.fixture(scope="module")
def questions(
    shared_rows: Callable[..., list[dict[str, Any]]],
) -> tuple[list[Example], list[str]]:
    rows = drawn([r for r in shared_rows("trec6") if r["label"] in TASK.labels], 90)
    return [text_example(r["text"]) for r in rows], [r["label"] for r in rows]


@pytest.fixture(scope="module")
def trained(questions: tuple[list[Example], list[str]], small_base: Path) -> FineTuned:
    model = FineTuned(TASK, base=str(small_base), dropout_samples=8, **QUICK)
    return model.fit(batch_of(questions[0]), questions[1], seed=1)


def test_dropout_makes_a_committee(
    trained: FineTuned, questions: tuple[list[Example], list[str]]
) -> None:
    prediction = trained.predict(batch_of(questions[0]))
    members = prediction.array("committee_proba")
    assert members.shape == (8, 90, 3)
    assert np.allclose(members.sum(axis=2), 1, atol=1e-5)
    assert np.abs(members - members[0]).max() > 0.01
    assert np.abs(members.mean(axis=0) - prediction.proba).mean() < 0.15
    assert (trained.predict(batch_of(questions[0])).array("committee_proba") == members).all()
    assert (trained.predict(batch_of(questions[0])).proba == prediction.proba).all()


def test_gradient_norms_are_those_of_autograd(
    trained: FineTuned, questions: tuple[list[Example], list[str]]
) -> None:
    import torch

    norms = trained.predict(batch_of(questions[0][:3])).array("class_gradient_norm")
    network = trained.fitted.network
    rows = trained.fitted.problem.rows(trained.fitted.tokenizer, questions[0][:3], 64)
    for i, row in enumerate(rows.rows):
        for label in range(3):
            ids = torch.tensor([row.inputs["input_ids"]])
            kinds = torch.tensor([row.inputs["token_type_ids"]])
            logits = network.module(input_ids=ids, token_type_ids=kinds).logits
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor([label]))
            layer = network.classifier
            grads = torch.autograd.grad(loss, [layer.weight, layer.bias])
            truth = float(torch.sqrt(sum((g**2).sum() for g in grads)))
            assert np.isclose(norms[i, label], truth, rtol=1e-4)


def test_steps_as_long_as_the_distance_change_the_class(
    trained: FineTuned, questions: tuple[list[Example], list[str]]
) -> None:
    prediction = trained.predict(batch_of(questions[0]))
    distance = prediction.array("boundary_distance")
    assert distance.shape == (90,)
    assert (distance > 0).all()
    assert np.isfinite(distance).all()
    ordered = np.sort(prediction.proba, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    ranks = np.argsort(np.argsort(distance)), np.argsort(np.argsort(margin))
    assert np.corrcoef(*ranks)[0, 1] > 0.5


def test_a_class_that_holds_out_is_as_far_as_the_steps_came(
    trained: FineTuned, questions: tuple[list[Example], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asknext.models.deep.uncertainty.STEPS", 1)  # one step is not looked at
    distance = trained.predict(batch_of(questions[0])).array("boundary_distance")
    assert np.isfinite(distance).all()
    assert (distance > 0).all()


def test_numbers_vary_with_dropout(small_base: Path, shared_rows: Any) -> None:
    rows = drawn(shared_rows("trec6"), 40)
    batch = batch_of([text_example(row["text"]) for row in rows])
    model = FineTuned(Regression(0, 200), base=str(small_base), dropout_samples=4, **QUICK)
    fitted = model.fit(batch, [float(len(row["text"])) for row in rows], seed=1)
    prediction = fitted.predict(batch)
    assert prediction.array("committee_mean").shape == (4, 40)
    assert prediction.array("committee_mean").std(axis=0).min() > 0
    assert "boundary_distance" not in prediction.arrays

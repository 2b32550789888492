"""Several labels as a network sees them: a sigmoid for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.encoders.rows import Rows, text_rows
from asknext.models.calibration import temperature
from asknext.models.deep.problems.base import (
    SEQUENCE,
    Fold,
    Scores,
    sigmoid,
    stacked,
    two_sided,
)

MOST_WEIGHT = 20.0  # of a label that nearly no example has


@dataclass(frozen=True)
class MultiLabelProblem:
    """Choose any of the task's labels, each by itself."""

    classes: tuple[str, ...]
    auto: ClassVar[str] = SEQUENCE
    kind: ClassVar[str | None] = "multi_label_classification"
    cut: ClassVar[str] = "right"

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem over all labels of the task; raises InvalidInput for others."""
        unknown = sorted({str(x) for value in labels for x in value} - set(task.labels))
        if unknown:
            raise InvalidInput(
                f"labels that the task does not have: {', '.join(unknown)}; it has: "
                f"{', '.join(task.labels)}"
            )
        return cls(tuple(task.labels))

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a saved model."""
        return cls(classes)

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row for each example."""
        return text_rows(tokenizer, examples, max_tokens)

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return (labels,) of 0 and 1."""
        return [
            np.array([float(name in value) for name in self.classes], np.float32)
            for value in labels
        ]

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return no change."""
        return Fold()

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Return the weight of "yes" for each label, at most 20."""
        yes = np.sum(targets, axis=0)
        return np.asarray(np.clip((len(targets) - yes) / np.maximum(yes, 1), 1.0, MOST_WEIGHT))

    def scores(self, logits: Any) -> Any:
        """Return the logits."""
        return logits

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return the mean over the labels of the binary cross-entropies."""
        functional = require("torch.nn.functional", extra="hf", purpose="a fine-tuned model")
        found = functional.binary_cross_entropy_with_logits(
            scores, target, reduction="none", pos_weight=balance
        )
        return found.mean(dim=1)

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return micro F1."""
        said, true = stacked(scores, len(self.classes)) >= 0, np.asarray(targets) > 0
        return float(2 * (said & true).sum() / max(1, said.sum() + true.sum()))

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return one temperature for all labels."""
        flat = stacked(scores, len(self.classes)).ravel()
        return temperature(two_sided(flat), np.asarray(targets).ravel().astype(np.int64))

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return ``label_proba`` (n, labels)."""
        proba = sigmoid(stacked(scores, len(self.classes)))
        return {"label_proba": proba.astype(np.float32)}

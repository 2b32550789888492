"""Classification as a network sees it: one output for each class, softmax."""

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
from asknext.models.deep.problems.base import SEQUENCE, Fold, Scores, even, stacked
from asknext.models.logistic import softmax


@dataclass(frozen=True)
class ClassificationProblem:
    """Choose one of the classes that labels name, in the task's order."""

    classes: tuple[str, ...]
    auto: ClassVar[str] = SEQUENCE
    kind: ClassVar[str | None] = "single_label_classification"
    cut: ClassVar[str] = "right"

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem over the classes seen; raises InvalidInput for unknown labels."""
        unknown = sorted({str(label) for label in labels} - set(task.labels))
        if unknown:
            raise InvalidInput(
                f"labels that the task does not have: {', '.join(unknown)}; it has: "
                f"{', '.join(task.labels)}"
            )
        seen = set(labels)
        return cls(tuple(label for label in task.labels if label in seen))

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a saved model."""
        return cls(classes)

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row for each example."""
        return text_rows(tokenizer, examples, max_tokens)

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return class numbers."""
        place = {name: i for i, name in enumerate(self.classes)}
        return [np.int64(place[label]) for label in labels]

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return no change."""
        return Fold()

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Return a weight for each class."""
        return even(np.bincount(targets, minlength=len(self.classes)).astype(np.float64))

    def scores(self, logits: Any) -> Any:
        """Return the logits."""
        return logits

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return the cross-entropies."""
        functional = require("torch.nn.functional", extra="hf", purpose="a fine-tuned model")
        found = functional.cross_entropy(scores, target, reduction="none")
        return found if balance is None else found * balance[target]

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return the accuracy."""
        best = stacked(scores, len(self.classes)).argmax(axis=1)
        return float((best == np.asarray(targets)).mean())

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return the temperature of the least log-loss."""
        if len(self.classes) < 2:
            return None
        return temperature(stacked(scores, len(self.classes)), np.asarray(targets, np.int64))

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return ``proba`` (n, classes)."""
        proba = softmax(stacked(scores, len(self.classes)))
        return {"proba": proba.astype(np.float32)}

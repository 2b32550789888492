"""Numbers as a network sees them: one output, squared error on a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example
from asknext.encoders.rows import Rows, text_rows
from asknext.models.deep.problems.base import SEQUENCE, Fold, Scores, stacked


@dataclass(frozen=True)
class RegressionProblem:
    """Predict a number; training sees it with mean 0 and deviation 1."""

    classes: tuple[str, ...] = ("value",)
    auto: ClassVar[str] = SEQUENCE
    kind: ClassVar[str | None] = "regression"
    cut: ClassVar[str] = "right"

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem; raises InvalidInput where a label is no finite number."""
        if not np.isfinite(np.asarray(labels, np.float64)).all():
            raise InvalidInput("labels of a regression must be finite numbers")
        return cls()

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a saved model."""
        return cls()

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row for each example."""
        return text_rows(tokenizer, examples, max_tokens)

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return the scaled numbers."""
        return [np.float32((float(label) - fold.shift) / fold.scale) for label in labels]

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return deviation and mean of the labels."""
        numbers = np.asarray(labels, np.float64)
        spread = float(numbers.std())
        return Fold(spread if spread > 1e-9 else 1.0, float(numbers.mean()))

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Refuse: numbers have no classes."""
        raise Unsupported('regression has no classes; "class_weights" must be "equal"')

    def scores(self, logits: Any) -> Any:
        """Return the logits (rows, 1)."""
        return logits

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return the squared errors."""
        return (scores[:, 0] - target) ** 2

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return the share of the variance explained, as negative mean squared error."""
        errors = stacked(scores, 1)[:, 0] - np.asarray(targets, np.float64)
        return -float((errors**2).mean())

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return None: variance is what calibrates a number."""
        return None

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return ``mean`` (n,)."""
        return {"mean": stacked(scores, 1)[:, 0]}

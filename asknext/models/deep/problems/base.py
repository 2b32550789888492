"""Problem: the protocol that the training and the predictions of all tasks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.encoders.rows import Row, Rows

SEQUENCE, TOKEN = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"

Scores = Sequence[FloatArray]
"""What the last layer says of each row: (outputs,), for tagging (tokens, outputs)."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Be a linear step after the last layer, x · scale + shift; it is folded into the layer.

    So the saved folder gives degrees of the scale, or calibrated probabilities, by itself.
    """

    scale: float = 1.0
    shift: float = 0.0


class Problem(Protocol):
    """Say how the labels of one kind of task are learnt and how scores are read.

    `auto` is the class of transformers with the right head, `kind` what its configuration calls
    the problem (None: nothing), `cut` the side on which a text that is too long loses tokens.
    """

    auto: ClassVar[str]
    kind: ClassVar[str | None]
    cut: ClassVar[str]

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the outputs."""
        ...

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem that these labels pose."""
        ...

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a model that was saved with these outputs."""
        ...

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Cut texts into rows."""
        ...

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return what each row is to be learnt as; `labels` are those of the examples."""
        ...

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return how scores of the training become what the task speaks of."""
        ...

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Return the weight of each output that makes classes count the same."""
        ...

    def scores(self, logits: Any) -> Any:
        """Return the scores of a batch's rows from the network's output (tensors)."""
        ...

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return the loss (rows,) of a batch (tensors); `balance` may be None."""
        ...

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return how good the scores are: higher is better."""
        ...

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return by what scores are best divided, None where that means nothing."""
        ...

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return the task's arrays of the `size` examples that these rows belong to."""
        ...


class OnBody(Problem, Protocol):
    """Be a problem whose `auto` is the model without a head: the top is a module of ours."""

    def on(self, body: Any, folder: Path) -> Any:
        """Return the module on a body that was read from `folder`, with what lies there for it."""
        ...

    def aim(self, module: Any, rows: Sequence[Row], targets: Sequence[Any], padding: int) -> None:
        """Let a top that has learnt nothing start from what the body says of these rows."""
        ...


def stacked(scores: Scores, outputs: int) -> FloatArray:
    """Return (rows, outputs) float64 of the scores of all rows."""
    if not len(scores):
        return np.empty((0, outputs))
    return np.asarray(np.stack(list(scores)), np.float64)


def even(counts: FloatArray) -> FloatArray:
    """Return a weight for each class that makes all count the same and the labels' mean 1.

    >>> even(np.array([30.0, 10.0, 0.0])).round(2).tolist()
    [0.67, 2.0, 1.0]
    """
    seen = counts > 0
    weights = np.ones(len(counts))
    weights[seen] = counts.sum() / (seen.sum() * counts[seen])
    return weights


def sigmoid(scores: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-scores)) without overflow."""
    from scipy.special import expit

    return np.asarray(expit(scores))


def two_sided(scores: FloatArray) -> FloatArray:
    """Return (n, 2) scores of "no" and "yes" whose softmax is the sigmoid of `scores` (n,)."""
    return np.stack([np.zeros_like(scores), scores], axis=1)

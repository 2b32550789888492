"""MultiLabel: choose any number of labels, none included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidAnswer
from asknext.core.predictions import Prediction
from asknext.core.tasks.base import Fields, LabelSet, checked_label, written

LIKELY = 0.5


@dataclass(frozen=True)
class MultiLabel(LabelSet):
    """Choose any number of labels of a fixed set; an answer is a list in the set's order.

    >>> task = MultiLabel(("food", "staff", "price"))
    >>> task.validate(["price", "food"]), task.validate([])
    (['food', 'price'], [])
    >>> task.agree([["food"], ["food", "price"], ["price"]])
    ['food', 'price']
    """

    kind: ClassVar[str] = "multi_label"
    fields: ClassVar[tuple[str, ...]] = ("text",)
    asked_by: ClassVar[str] = "choices"

    def validate(self, value: Any, fields: Fields | None = None) -> list[str]:
        """Return the labels in the order of the set, each once; raises InvalidAnswer."""
        if not isinstance(value, list | tuple | set | frozenset):
            allowed = f"a list of: {', '.join(self.labels)}"
            raise InvalidAnswer(f"{value!r} is not a list of labels; allowed: {allowed}", allowed)
        chosen = {checked_label(label, self.labels) for label in value}
        return [label for label in self.labels if label in chosen]

    def agree(self, values: Sequence[Any]) -> list[str]:
        """Return the labels that most people gave; where it is a draw the newest decides."""
        votes = {label: sum(label in value for value in values) for label in self.labels}
        half, newest = len(values) / 2, values[-1]
        return [
            label
            for label in self.labels
            if votes[label] > half or (votes[label] == half and label in newest)
        ]

    def alike(self, value: Any) -> str:
        """Return the labels as text."""
        return written(value)

    def parts(self, value: Any) -> list[str]:
        """Return the labels."""
        return list(value)

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the labels that `likely_sets` chooses, in the order of the set."""
        chosen = likely_sets(prediction.array("label_proba"))
        return [[prediction.classes[i] for i in np.flatnonzero(row)] for row in chosen]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the probability of exactly these labels, as if labels were independent."""
        proba = prediction.array("label_proba")
        return np.asarray(np.where(likely_sets(proba), proba, 1 - proba).prod(axis=1))


def likely_sets(proba: FloatArray) -> npt.NDArray[np.bool_]:
    """Mask the labels (n, L) to predict: those with a probability of at least one half.

    Where there is none, the likeliest alone, if it is likelier than that none applies: with many
    labels a model is seldom sure of any, and to say nothing would nearly always be wrong.

    >>> likely_sets(np.array([[0.4, 0.3, 0.3], [0.9, 0.8, 0.1], [0.1, 0.1, 0.0]])).astype(int)
    array([[1, 0, 0],
           [1, 1, 0],
           [0, 0, 0]])
    """
    chosen = proba >= LIKELY
    best = proba.argmax(axis=1)
    nothing = (1 - proba).prod(axis=1)
    alone = np.flatnonzero(~chosen.any(axis=1) & (proba.max(axis=1) > nothing))
    chosen[alone, best[alone]] = True
    return np.asarray(chosen)

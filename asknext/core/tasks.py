"""Task: what an answer looks like.

A task validates answers, reads a model's prediction as answers, and says how it is asked. It
knows nothing of models, stores or screens. A new task is one class here and one registry line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidAnswer, InvalidInput
from asknext.core.predictions import Prediction


@runtime_checkable
class Task(Protocol):
    """Say what an answer looks like. Values are JSON values; equal answers compare equal."""

    kind: ClassVar[str]

    def validate(self, value: Any) -> Any:
        """Return the value in its canonical form, or raise InvalidAnswer."""
        ...

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the most probable answer of each of the n predictions."""
        ...

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the probability (n,) that the model gives to `values`."""
        ...

    def form(self) -> dict[str, Any]:
        """Describe how to ask, as JSON with a ``kind`` that the app has a screen for."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return the settings with ``kind``; `task_from_json` reads them back."""
        ...


@dataclass(frozen=True)
class Classification:
    """Choose exactly one label of a fixed set.

    >>> task = Classification(("yes", "no"))
    >>> task.validate(" yes ")
    'yes'
    >>> task.validate("maybe")
    Traceback (most recent call last):
    asknext.core.errors.InvalidAnswer: 'maybe' is not a label of this project; allowed: yes, no
    """

    labels: tuple[str, ...]
    kind: ClassVar[str] = "classification"

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(str(label).strip() for label in self.labels))
        if len(set(self.labels)) != len(self.labels) or not all(self.labels):
            raise InvalidInput(
                f"labels must be distinct and not empty; given: {', '.join(self.labels)!r}"
            )

    def validate(self, value: Any) -> str:
        """Return the label, or raise InvalidAnswer naming those allowed."""
        label = value.strip() if isinstance(value, str) else value
        if not isinstance(label, str) or label not in self.labels:
            allowed = ", ".join(self.labels)
            raise InvalidAnswer(
                f"{value!r} is not a label of this project; allowed: {allowed}", allowed
            )
        return label

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the label of the largest probability; ties go to the first class."""
        return [prediction.classes[i] for i in prediction.proba.argmax(axis=1)]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the largest probability of each row."""
        return np.asarray(prediction.proba.max(axis=1))

    def form(self) -> dict[str, Any]:
        """Ask by a choice of buttons."""
        return {"kind": "choice", "labels": list(self.labels)}

    def to_json(self) -> dict[str, Any]:
        """Return kind and labels."""
        return {"kind": self.kind, "labels": list(self.labels)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Classification:
        """Read what `to_json` wrote."""
        return cls(tuple(data["labels"]))

    def extended(self, labels: Sequence[str]) -> Classification:
        """Return the task with further labels appended; labels are never taken away."""
        return Classification((*self.labels, *(x for x in labels if x not in self.labels)))

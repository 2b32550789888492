"""Classification: choose exactly one label of a fixed set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.predictions import Prediction
from asknext.core.tasks.base import Fields, LabelSet, checked_label, most_common


@dataclass(frozen=True)
class Classification(LabelSet):
    """Choose exactly one label of a fixed set.

    >>> task = Classification(("yes", "no"))
    >>> task.validate(" yes ")
    'yes'
    >>> task.validate("maybe")
    Traceback (most recent call last):
    asknext.core.errors.InvalidAnswer: 'maybe' is not a label of this project; allowed: yes, no
    """

    kind: ClassVar[str] = "classification"
    fields: ClassVar[tuple[str, ...]] = ("text",)
    asked_by: ClassVar[str] = "choice"

    def validate(self, value: Any, fields: Fields | None = None) -> str:
        """Return the label, or raise InvalidAnswer naming those allowed."""
        return checked_label(value, self.labels)

    def agree(self, values: Sequence[Any]) -> Any:
        """Return the label that most people chose; of several the newest."""
        return most_common(values)

    def alike(self, value: Any) -> str:
        """Return the label."""
        return str(value)

    def parts(self, value: Any) -> list[str]:
        """Return the label."""
        return [str(value)]

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the label of the largest probability; ties go to the first class."""
        return [prediction.classes[i] for i in prediction.proba.argmax(axis=1)]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the largest probability of each row."""
        return np.asarray(prediction.proba.max(axis=1))

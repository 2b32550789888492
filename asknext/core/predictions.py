"""Prediction: what a model says about n examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import Unsupported


@dataclass(frozen=True)
class Prediction:
    """Hold the named arrays that a model provides about n examples.

    ``proba`` is (n, c) with rows that sum to 1; column j belongs to ``classes[j]``. Other names
    are those of the View.
    """

    classes: tuple[str, ...] = ()
    arrays: Mapping[str, Any] = field(default_factory=dict)

    def array(self, name: str) -> Any:
        """Return an array by name; raises Unsupported naming what there is instead."""
        if name not in self.arrays:
            there = ", ".join(sorted(self.arrays)) or "nothing"
            raise Unsupported(f"this model provides no {name!r}; it provides: {there}")
        return self.arrays[name]

    @property
    def proba(self) -> FloatArray:
        """Return the class probabilities (n, c); raises Unsupported where there are none."""
        return np.asarray(self.array("proba"))


LEAST = 1e-30  # a probability, so that its logarithm is a number


def log_proba(prediction: Prediction, place: Mapping[str, int]) -> FloatArray:
    """Return log-probabilities (n, c), each class in the column that `place` gives it."""
    table = np.full((len(prediction.proba), len(place)), LEAST)
    columns = [place[name] for name in prediction.classes]
    table[:, columns] = np.maximum(prediction.proba, LEAST)
    return np.asarray(np.log(table))

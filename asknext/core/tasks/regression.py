"""Regression: give a number on a scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidAnswer, InvalidInput
from asknext.core.predictions import Prediction
from asknext.core.tasks.base import Fields

NEAR = 0.05  # of the scale: what counts as the same number when confidence is told


@dataclass(frozen=True)
class Regression:
    """Give a number from `low` to `high`.

    `step` is what the slider moves by; answers between two steps are allowed.

    >>> task = Regression(1.0, 5.0)
    >>> task.validate("3.5"), task.agree([1.0, 5.0, 4.0])
    (3.5, 4.0)
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.0
    kind: ClassVar[str] = "regression"
    fields: ClassVar[tuple[str, ...]] = ("text",)

    def __post_init__(self) -> None:
        low, high = float(self.low), float(self.high)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InvalidInput(f"a scale needs low < high; given: {self.low} and {self.high}")
        step = float(self.step) or (high - low) / 100
        if not 0 < step <= high - low:
            raise InvalidInput(f"step must lie in (0, {high - low:g}]; given: {self.step}")
        for name, value in (("low", low), ("high", high), ("step", step)):
            object.__setattr__(self, name, value)

    @property
    def span(self) -> float:
        """Return the length of the scale."""
        return self.high - self.low

    def validate(self, value: Any, fields: Fields | None = None) -> float:
        """Return the number; raises InvalidAnswer where it is none or outside the scale."""
        allowed = f"a number from {self.low:g} to {self.high:g}"
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not self.low <= number <= self.high:
            raise InvalidAnswer(f"{value!r} is not on the scale; allowed: {allowed}", allowed)
        return number

    def agree(self, values: Sequence[Any]) -> float:
        """Return the median."""
        return float(median(values))

    def alike(self, value: Any) -> str:
        """Return the tenth of the scale that the number lies in."""
        return str(min(int(10 * (value - self.low) / self.span), 9))

    def parts(self, value: Any) -> list[str]:
        """Return nothing: numbers are not tallied by label."""
        return []

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the expected number, kept within the scale."""
        found = np.clip(prediction.array("mean"), self.low, self.high)
        return [float(number) for number in found]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the probability that the truth lies within 5 % of the scale of it."""
        from scipy.special import erf  # heavy, and only needed here

        spread = np.sqrt(np.maximum(prediction.array("variance"), 1e-12))
        return np.asarray(erf(NEAR * self.span / (spread * math.sqrt(2))))

    def form(self) -> dict[str, Any]:
        """Ask by a slider and a number."""
        return {"kind": "number", "low": self.low, "high": self.high, "step": self.step}

    def to_json(self) -> dict[str, Any]:
        """Return kind, scale and step."""
        return {"kind": self.kind, "low": self.low, "high": self.high, "step": self.step}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Regression:
        """Read what `to_json` wrote."""
        return cls(*(float(data.get(name) or 0.0) for name in ("low", "high", "step")))

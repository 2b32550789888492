"""Preference: say which of two texts is the better answer to a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.predictions import Prediction
from asknext.core.tasks.base import Fields, checked_label, most_common

FIRST, SECOND, TIE, BAD = "a", "b", "tie", "bad"
CHOICES = (FIRST, SECOND, TIE, BAD)


@dataclass(frozen=True)
class Preference:
    """Choose the field ``a`` or ``b`` of an example, a tie, or neither because both are bad.

    The app shows the two in an order drawn anew; the answer always names the field, and the
    event keeps the order that was on the screen.

    >>> Preference().validate("a")
    'a'
    """

    what: str = ""
    kind: ClassVar[str] = "preference"
    fields: ClassVar[tuple[str, ...]] = ("text", "a", "b")

    def validate(self, value: Any, fields: Fields | None = None) -> str:
        """Return ``a``, ``b``, ``tie`` or ``bad``; raises InvalidAnswer for anything else."""
        return checked_label(value, CHOICES)

    def agree(self, values: Sequence[Any]) -> Any:
        """Return what most people chose; of several the newest."""
        return most_common(values)

    def alike(self, value: Any) -> str:
        """Return the choice."""
        return str(value)

    def parts(self, value: Any) -> list[str]:
        """Return the choice."""
        return [str(value)]

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the field with the larger reward; ``tie`` where they are equal."""
        gap = prediction.array("reward_gap")
        return [TIE if g == 0 else FIRST if g > 0 else SECOND for g in gap]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the probability that the one with the larger reward is preferred.

        Source: Bradley and Terry 1952: the logistic function of the difference in reward.
        """
        return np.asarray(1 / (1 + np.exp(-np.abs(prediction.array("reward_gap")))))

    def form(self) -> dict[str, Any]:
        """Ask by two texts side by side."""
        return {"kind": "pair", "what": self.what}

    def to_json(self) -> dict[str, Any]:
        """Return kind and what to judge by."""
        return {"kind": self.kind, "what": self.what}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preference:
        """Read what `to_json` wrote."""
        return cls(str(data.get("what") or ""))

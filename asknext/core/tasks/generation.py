"""Generation: write a text, or correct the model's draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidAnswer
from asknext.core.predictions import Prediction
from asknext.core.tasks.base import Fields, most_common

LONGEST = 100_000  # characters


@dataclass(frozen=True)
class Generation:
    """Write the text that answers, translates or sums up the example.

    `what` tells people what to write: a translation, a summary, an answer.

    >>> Generation().validate("  Guten Tag ")
    'Guten Tag'
    """

    what: str = ""
    kind: ClassVar[str] = "generation"
    fields: ClassVar[tuple[str, ...]] = ("text",)

    def validate(self, value: Any, fields: Fields | None = None) -> str:
        """Return the text without blanks around it; raises InvalidAnswer where none is left."""
        text = value.strip() if isinstance(value, str) else ""
        if not 0 < len(text) <= LONGEST or "\x00" in text:
            allowed = f"a text of 1 to {LONGEST:,} characters"
            raise InvalidAnswer(
                f"{str(value)[:50]!r} cannot be an answer; allowed: {allowed}", allowed
            )
        return text

    def agree(self, values: Sequence[Any]) -> Any:
        """Return the text that most people wrote; of several the newest."""
        return most_common(values)

    def alike(self, value: Any) -> str:
        """Return the text."""
        return str(value)

    def parts(self, value: Any) -> list[str]:
        """Return nothing: texts are not tallied."""
        return []

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the model's texts."""
        return [str(text) for text in prediction.array("output")]

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the geometric mean of the probabilities of the tokens."""
        length = np.maximum(prediction.array("sequence_length"), 1)
        return np.asarray(np.exp(prediction.array("sequence_logprob") / length))

    def form(self) -> dict[str, Any]:
        """Ask by a text field that holds the model's draft."""
        return {"kind": "write", "what": self.what}

    def to_json(self) -> dict[str, Any]:
        """Return kind and what to write."""
        return {"kind": self.kind, "what": self.what}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Generation:
        """Read what `to_json` wrote."""
        return cls(str(data.get("what") or ""))

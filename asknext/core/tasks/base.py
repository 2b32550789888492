"""Task: the protocol, and what several kinds share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidAnswer, InvalidInput
from asknext.core.predictions import Prediction

Fields = Mapping[str, Any]


@runtime_checkable
class Task(Protocol):
    """Say what an answer looks like. Values are JSON values; equal answers compare equal.

    `fields` names what an example must hold to be asked about.
    """

    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    def validate(self, value: Any, fields: Fields | None = None) -> Any:
        """Return the value in its canonical form, or raise InvalidAnswer.

        `fields` are those of the example, where they are at hand; what can only be checked
        against them (that a span lies in its text) is checked then.
        """
        ...

    def agree(self, values: Sequence[Any]) -> Any:
        """Return the one value that stands for what several people said, newest last."""
        ...

    def alike(self, value: Any) -> str:
        """Return what two answers share when they say the same, for measures of agreement."""
        ...

    def parts(self, value: Any) -> list[str]:
        """Return what is counted when answers are tallied: the labels in this one."""
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
class LabelSet:
    """Be a task with a fixed set of labels, which may grow and never shrinks."""

    labels: tuple[str, ...]
    kind: ClassVar[str]
    asked_by: ClassVar[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", checked_labels(self.labels))

    def form(self) -> dict[str, Any]:
        """Ask by the screen for labels of this kind."""
        return {"kind": self.asked_by, "labels": list(self.labels)}

    def to_json(self) -> dict[str, Any]:
        """Return kind and labels."""
        return {"kind": self.kind, "labels": list(self.labels)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(tuple(data["labels"]))

    def extended(self, labels: Sequence[str]) -> Self:
        """Return the task with further labels appended; labels are never taken away."""
        new = (label for label in labels if label not in self.labels)
        return replace(self, labels=(*self.labels, *new))


def checked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels trimmed; raises InvalidInput where one is empty or there twice."""
    names = tuple(str(label).strip() for label in labels)
    if len(set(names)) != len(names) or not all(names):
        raise InvalidInput(f"labels must be distinct and not empty; given: {', '.join(names)!r}")
    return names


def checked_label(value: Any, labels: Sequence[str]) -> str:
    """Return the label; raises InvalidAnswer naming those allowed."""
    label = value.strip() if isinstance(value, str) else value
    if not isinstance(label, str) or label not in labels:
        allowed = ", ".join(labels)
        raise InvalidAnswer(
            f"{value!r} is not a label of this project; allowed: {allowed}", allowed
        )
    return label


def written(value: Any) -> str:
    """Return a value as text; equal values share it.

    >>> written({"b": 1, "a": [2]})
    '{"a": [2], "b": 1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def most_common(values: Sequence[Any]) -> Any:
    """Return the value that most people gave; of several the newest.

    >>> most_common(["x", "y", "x"]), most_common([["a"], []])
    ('x', [])
    """
    texts = [written(value) for value in values]
    votes = Counter(texts)
    most = max(votes.values())
    return [value for value, text in zip(values, texts, strict=True) if votes[text] == most][-1]

"""Choosing a task: from what people said, and from their file where they said nothing.

The one place where a kind of task, labels and columns become the JSON of a task; Python, command
line and server all come through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.settings import task_from_json

Columns = Mapping[str, Any]

LABELLED = {"classification": 2, "multi_label": 1, "tagging": 1}
"""The kinds that have a set of labels, and how many labels they need at least."""

_WRITTEN = ("generation", "preference")
_SCALE = ("low", "high")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Be a kind of task with the columns that go with it; `why` is empty where it was given."""

    kind: str
    mapping: dict[str, Any]
    why: str = ""


def choose_columns(
    path: Path, task: Mapping[str, Any] | None = None, mapping: Columns | None = None
) -> Chosen:
    """Return the kind of task and the mapping: those given, the rest guessed from the file.

    `task` may hold a kind, or only what belongs to some kinds (``labels``, ``low``, ``what``).
    """
    kind = str((task or {}).get("kind") or "")
    if kind:
        return Chosen(kind, dict(mapping or guess_mapping(path, kind)))
    shown = _peek(path)
    kind, why = _kind(task or {}, mapping, shown)
    if mapping is None:
        same = kind == shown.task
        mapping = shown.guess.to_json() if same else guess_mapping(path, kind)
    return Chosen(kind, dict(mapping), why)


def _kind(task: Mapping[str, Any], mapping: Columns | None, shown: Any) -> tuple[str, str]:
    """Return the kind that fits what was given, that of the file where it fits, and why."""
    guessed, why = str(shown.task), str(shown.why)
    fitting = _fitting(task)
    if mapping is not None:
        if mapping.get("tags"):
            return "tagging", "tags are mapped"
        if mapping.get("chosen") or mapping.get("a"):
            return "preference", "two answers are mapped"
        if mapping.get("label") != shown.guess.label:
            return fitting[0], "that is usual for a label column"
    return (guessed, why) if guessed in fitting else (fitting[0], f"{_said(task)} given")


def usual_kind(task: Mapping[str, Any]) -> str:
    """Return the kind that was said, or the most usual one that the given parts go with.

    >>> usual_kind({"labels": ["a", "b"]}), usual_kind({"low": 1}), usual_kind({"kind": "tagging"})
    ('classification', 'regression', 'tagging')
    """
    return str(task.get("kind") or _fitting(task)[0])


def _fitting(task: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds that the given parts go with, the most usual first."""
    if task.get("labels"):
        return tuple(LABELLED)
    if any(task.get(name) is not None for name in _SCALE):
        return ("regression",)
    return _WRITTEN if task.get("what") else (*LABELLED, "regression", *_WRITTEN)


def _said(task: Mapping[str, Any]) -> str:
    return ", ".join(name for name in ("labels", *_SCALE, "what") if task.get(name) is not None)


def guess_mapping(path: Path, kind: str | None = None) -> dict[str, Any]:
    """Guess the columns of a file, for a kind of task where one is given."""
    found: dict[str, Any] = _peek(path, kind).guess.to_json()
    return found


def _peek(path: Path, kind: str | None = None) -> Any:
    return registry.get("service", "data.peek")(path, kind=kind)


def task_json(
    kind: str,
    given: Mapping[str, Any] | None = None,
    *,
    path: Path | None = None,
    mapping: Columns | None = None,
) -> dict[str, Any]:
    """Return the complete JSON of a task: what was `given`, and the rest from the file.

    `given` may hold ``labels``; ``low``, ``high`` and ``step``; ``what``. Labels and scale come
    from the mapped column of answers where they are left out.

    Raises:
        InvalidInput: no such kind, or what it needs is neither given nor in the file.

    >>> task_json("regression", {"low": 1, "high": 5})["step"]
    0.04
    >>> task_json("multi_label")
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: the project needs labels: give them, or map the column that \
holds them
    """
    if kind not in registry.names("task"):
        there = ", ".join(registry.names("task"))
        raise InvalidInput(f"there is no task {kind!r}; allowed: {there}")
    known = {name: value for name, value in (given or {}).items() if value is not None}
    if kind in LABELLED:
        known["labels"] = known.get("labels") or labels_in(path, mapping or {}, kind)
        _refuse_few(kind, known["labels"])
    if kind == "regression" and not set(_SCALE) <= set(known):
        known = {**_scale_in(path, mapping or {}), **known}
    try:
        return task_from_json({**known, "kind": kind}).to_json()
    except InvalidInput:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"a {kind} task cannot be made of {known}: {error}") from error


def labels_in(path: Path | None, mapping: Columns, kind: str = "classification") -> list[str]:
    """Return the distinct labels of a file's column of answers, sorted.

    Raises:
        InvalidInput: no such column is mapped, or it does not look like labels.
    """
    column = _answers(mapping)
    if path is None or not column:
        raise InvalidInput("the project needs labels: give them, or map the column that holds them")
    found: list[str] = registry.get("service", "data.labels")(path, column, kind=kind)
    return found


def _refuse_few(kind: str, labels: Any) -> None:
    if not isinstance(labels, list | tuple):
        raise InvalidInput(f"labels are a list of texts; given: {labels!r}")
    if len(labels) < LABELLED[kind]:
        raise InvalidInput(
            f"a {kind} project needs at least {LABELLED[kind]} labels; give `labels`, or map a "
            f"label column that has them (found: {len(labels)})"
        )


def _scale_in(path: Path | None, mapping: Columns) -> dict[str, Any]:
    column = _answers(mapping)
    if path is None or not column:
        raise InvalidInput(
            "the project needs a scale: give its ends, low and high, or map the column that holds "
            "numbers"
        )
    found: dict[str, Any] = registry.get("service", "data.scale")(path, column)
    return found


def _answers(mapping: Columns) -> str | None:
    return mapping.get("label") or mapping.get("tags")

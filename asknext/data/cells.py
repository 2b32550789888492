"""Cells: what a label column may hold, for each kind of task."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asknext.core.tasks.preference import BAD, FIRST, SECOND, TIE
from asknext.data.columns import folded, is_number
from asknext.data.values import describe, is_missing, plain

Labels = Sequence[str]
Reader = Callable[[Any, Labels], Any]

SEPARATORS = (";", "|", ",", "；", "、", "，")
"""What may stand between the labels of a text cell; the first that is there, and fits, counts."""

NESTED = (Mapping, list, tuple, set, bytes)
_SPAN = ("start", "end", "label")
# Numbers are not here: 1 is the first answer in one file and the second in the next.
_WINNERS = {
    **dict.fromkeys(("a", "left", "first", "modela", "responsea", "answera"), FIRST),
    **dict.fromkeys(("b", "right", "second", "modelb", "responseb", "answerb"), SECOND),
    **dict.fromkeys(("tie", "draw", "tied"), TIE),
    **dict.fromkeys(("bad", "bothbad", "tie(bothbad)", "neither"), BAD),
}


class Misfit(ValueError):
    """Say what was `found` in a cell (None: its value) and what is `allowed` there."""

    def __init__(self, allowed: str, found: str | None = None) -> None:
        super().__init__(allowed, found)
        self.allowed, self.found = allowed, found


def read_cell(kind: str, value: Any, labels: Labels = ()) -> Any:
    """Return a label cell as a value of this kind of task, None where it is empty.

    The value still has to be checked by the task. Raises Misfit for what cannot be one.

    >>> read_cell("multi_label", "food; price"), read_cell("regression", "3.5")
    (['food', 'price'], 3.5)
    >>> read_cell("tagging", [[0, 2, "PER"]]), read_cell("preference", "Model_A")
    ([{'start': 0, 'end': 2, 'label': 'PER'}], 'a')
    """
    value = plain(value)
    if is_missing(value) or (isinstance(value, str) and not value.strip()):
        return None
    return _READERS.get(kind, _one)(value, labels)


def as_label(value: Any) -> str | None:
    """Return a scalar as label or id text, None where it is missing.

    >>> as_label(3), as_label(3.0), as_label(True), as_label(" spam "), as_label(float("nan"))
    ('3', '3', 'true', 'spam', None)
    """
    if value is None:
        return None
    value = plain(value)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # what pandas makes of whole numbers when one is missing
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def listed(value: Any) -> list[Any] | None:
    """Return a list, or a text that holds one as JSON or as Python writes it; None otherwise.

    >>> listed('["a", null]'), listed("['a', 1]"), listed("a, b")
    (['a', None], ['a', 1], None)
    """
    if isinstance(value, str) and value.strip().startswith("["):
        value = _parsed(value.strip())
    return list(value) if isinstance(value, list | tuple) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return plain(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def split_labels(text: str, labels: Labels = (), separator: str | None = None) -> list[str]:
    """Return the labels of a text cell: a list as JSON, else parts between separators.

    Of the separators that occur in the text the first is taken under which every part is one
    of `labels`, else the first at all. A text that is itself a label is not split.

    >>> split_labels("sad, angry|calm", ["sad, angry", "calm"])
    ['sad, angry', 'calm']
    """
    text = text.strip()
    found = listed(text)
    if found is not None:
        return [label for item in found if (label := _item(item)) is not None]
    if text in labels:
        return [text]
    there = [mark for mark in SEPARATORS if mark in text] if separator is None else [separator]
    splits = [[part.strip() for part in text.split(mark) if part.strip()] for mark in there]
    fitting = [parts for parts in splits if all(part in labels for part in parts)]
    return next(iter([*fitting, *splits]), [text])


def _item(value: Any) -> str | None:
    if isinstance(value, NESTED):
        raise Misfit("a list of labels, each a text or a number", describe(value))
    return as_label(value)


def _one(value: Any, labels: Labels) -> Any:
    if isinstance(value, NESTED):
        raise Misfit("a text or a number, or nothing")
    return as_label(value)


def _many(value: Any, labels: Labels) -> list[str]:
    if isinstance(value, list):
        return [label for item in value if (label := _item(item)) is not None]
    if isinstance(value, NESTED):
        raise Misfit(f"a list of labels, or a text with one of {' '.join(SEPARATORS)} between them")
    return split_labels(as_label(value) or "", labels)


def _number(value: Any, labels: Labels) -> float:
    if not is_number(value):
        raise Misfit("a number, or nothing")
    return float(value)


def _spans(value: Any, labels: Labels) -> list[dict[str, Any]]:
    found = listed(value)
    if found is None:
        raise Misfit(f"a list of spans, each {_shape()}; [] where there is none; or nothing")
    return [_span(item) for item in found]


def _span(item: Any) -> dict[str, Any]:
    if isinstance(item, list) and len(item) == len(_SPAN):
        item = dict(zip(_SPAN, item, strict=True))
    if not isinstance(item, dict) or not set(_SPAN) <= set(item):
        raise Misfit(f"a list of spans, each {_shape()}", f"the span {item!r}")
    label = item["label"]
    name = None if label is None else _item(label)
    return {"start": _whole(item["start"]), "end": _whole(item["end"]), "label": name}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shape() -> str:
    return '{"start", "end", "label"} or [start, end, label]'


def _winner(value: Any, labels: Labels) -> Any:
    said = _one(value, labels)
    return _WINNERS.get(re.sub(r"\s", "", folded(said)), said)


_READERS: dict[str, Reader] = {
    "classification": _one,
    "generation": _one,
    "multi_label": _many,
    "regression": _number,
    "tagging": _spans,
    "preference": _winner,
}

"""Controls: how Label Studio asks for each kind of answer, and how it writes one down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from xml.sax.saxutils import quoteattr

from asknext.core.tasks.preference import BAD, FIRST, SECOND, TIE
from asknext.data.table import to_json

Task = Mapping[str, Any]
Fields = Mapping[str, Any]
Result = dict[str, Any]

_SIDES = {FIRST: "left", SECOND: "right"}


class Control(Protocol):
    """Write the part of a labelling configuration that asks, and answers as its results."""

    def config(self, task: Task, target: str) -> list[str]:
        """Return the lines of XML; `target` names the text they belong to."""
        ...

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return the results that stand for an answer."""
        ...


def control(kind: str) -> Control:
    """Return the control of a kind of task; one of choices where the kind is not known."""
    return _CONTROLS.get(kind, Choices("single"))


def _result(type: str, value: Mapping[str, Any], target: str, name: str = "label") -> Result:
    return {"from_name": name, "to_name": target, "type": type, "value": dict(value)}


def _list(tag: str, more: str, inner: str, names: Sequence[str]) -> list[str]:
    items = [f"    <{inner} value={quoteattr(name)}/>" for name in names]
    return [f"  <{tag} {more}>", *items, f"  </{tag}>"]


class Choices:
    """Ask by choices, one (``single``) or any number (``multiple``)."""

    def __init__(self, choice: str) -> None:
        self._choice = choice

    def config(self, task: Task, target: str) -> list[str]:
        """Return the choices."""
        more = f'name="label" toName="{target}" choice="{self._choice}"'
        return _list("Choices", more, "Choice", task.get("labels", ()))

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return one result with what was chosen."""
        chosen = value if isinstance(value, list) else [value]
        names = [name if isinstance(name, str) else to_json(name) for name in chosen]
        return [_result("choices", {"choices": names}, target)]


class Number:
    """Ask for a number."""

    def config(self, task: Task, target: str) -> list[str]:
        """Return the field with its scale."""
        ends = f'min="{task.get("low", 0):g}" max="{task.get("high", 1):g}"'
        step = f' step="{task["step"]:g}"' if task.get("step") else ""
        return [f'  <Number name="label" toName="{target}" {ends}{step}/>']

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return the number."""
        return [_result("number", {"number": value}, target)]


class Marks:
    """Ask for spans. Places are counted in Unicode code points, as here.

    Label Studio has no word for a part that nobody judged; such spans are left out.
    """

    def config(self, task: Task, target: str) -> list[str]:
        """Return the labels."""
        more = f'name="label" toName="{target}"'
        return _list("Labels", more, "Label", task.get("labels", ()))

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return a result for each span."""
        text = str(fields.get(target, ""))
        return [
            _result("labels", _marked(span, text), target)
            for span in value
            if span["label"] is not None
        ]


def _marked(span: Mapping[str, Any], text: str) -> dict[str, Any]:
    start, end = span["start"], span["end"]
    return {"start": start, "end": end, "text": text[start:end], "labels": [span["label"]]}


class Written:
    """Ask for a text."""

    def config(self, task: Task, target: str) -> list[str]:
        """Return the field; a draft of the file stands in it."""
        hint = f" placeholder={quoteattr(task['what'])}" if task.get("what") else ""
        return [f'  <TextArea name="label" toName="{target}" maxSubmissions="1"{hint}/>']

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return the text."""
        return [_result("textarea", {"text": [value]}, target)]


class Pair:
    """Ask which of two texts is better, or say by a choice beside them that neither is."""

    def config(self, task: Task, target: str) -> list[str]:
        """Return the comparison and the choice."""
        more = f'name="neither" toName="{target}" choice="single"'
        choices = _list("Choices", more, "Choice", (TIE, BAD))
        return ['  <Pairwise name="label" toName="a,b"/>', *choices]

    def results(self, value: Any, target: str, fields: Fields) -> list[Result]:
        """Return the side, or the choice."""
        if value in _SIDES:
            return [_result("pairwise", {"selected": _SIDES[value]}, "a,b")]
        return [_result("choices", {"choices": [value]}, target, name="neither")]


_CONTROLS: dict[str, Control] = {
    "classification": Choices("single"),
    "multi_label": Choices("multiple"),
    "regression": Number(),
    "tagging": Marks(),
    "generation": Written(),
    "preference": Pair(),
}

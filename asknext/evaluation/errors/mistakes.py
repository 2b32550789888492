"""Mistakes: what was taken for what, by the kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

NOTHING = "–"
"""Stands where there is no label, or should be none."""


class Mistake(NamedTuple):
    """Be one thing that was taken for another; `type` says how, of spans and sets."""

    actual: str
    predicted: str
    type: str = ""


def of_labels(actual: Any, predicted: Any) -> list[Mistake]:
    """Compare two single labels."""
    return [] if actual == predicted else [Mistake(str(actual), str(predicted))]


def of_sets(actual: Sequence[str], predicted: Sequence[str]) -> list[Mistake]:
    """Compare two sets of labels: each one is missed or too many.

    >>> of_sets(["a", "b"], ["b", "c"])
    [Mistake(actual='a', predicted='–', type='missed'), \
Mistake(actual='–', predicted='c', type='spurious')]
    """
    missed = [Mistake(label, NOTHING, "missed") for label in actual if label not in predicted]
    more = [Mistake(NOTHING, label, "spurious") for label in predicted if label not in actual]
    return missed + more


def of_spans(
    actual: Sequence[Mapping[str, Any]], predicted: Sequence[Mapping[str, Any]]
) -> list[Mistake]:
    """Compare the spans of a text: ``label``, ``boundary``, both, ``missed`` or ``spurious``.

    A predicted span is compared with the first true one that it touches and that nothing else
    was compared with. Spans without a label are parts that nobody judged: what touches them does
    not count.

    >>> ann, anna = {"start": 0, "end": 3, "label": "PER"}, {"start": 0, "end": 4, "label": "PER"}
    >>> of_spans([ann], [anna])
    [Mistake(actual='PER', predicted='PER', type='boundary')]
    """
    open_ = [span for span in actual if span["label"] is None]
    left = [span for span in actual if span["label"] is not None]
    found = []
    said = [span for span in predicted if not any(_touch(span, other) for other in open_)]
    for span in [span for span in said if span in left]:
        left.remove(span)
        said.remove(span)
    for span in said:
        true = next((other for other in left if _touch(span, other)), None)
        if true is None:
            found.append(Mistake(NOTHING, span["label"], "spurious"))
            continue
        left.remove(true)
        found.append(Mistake(true["label"], span["label"], _how(true, span)))
    return found + [Mistake(span["label"], NOTHING, "missed") for span in left]


def _touch(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["start"] < other["end"] and other["start"] < one["end"])


def _how(true: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    same_place = (true["start"], true["end"]) == (said["start"], said["end"])
    if same_place:
        return "label"
    return "boundary" if true["label"] == said["label"] else "boundary and label"


COMPARED: dict[str, Callable[[Any, Any], list[Mistake]]] = {
    "classification": of_labels,
    "preference": of_labels,
    "multi_label": of_sets,
    "tagging": of_spans,
}
"""How the answers of each kind of task are compared; numbers and texts are not confused."""

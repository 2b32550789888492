"""Tagging: mark spans of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Ragged
from asknext.core.errors import InvalidAnswer
from asknext.core.predictions import Prediction
from asknext.core.spans import Span, decode, tags_of
from asknext.core.tasks.base import Fields, LabelSet, checked_label, most_common, written

NAMES = ("start", "end", "label")


@dataclass(frozen=True)
class Tagging(LabelSet):
    """Mark spans of the text, each with a label; an answer lists them in order of the text.

    A span is ``{"start", "end", "label"}``: characters (Unicode code points) of the field
    ``text``, `end` excluded; spans do not overlap. A span with the label null says "nobody judged
    this part": models leave it out of what they learn from, so a part of a text can be labelled.

    >>> task = Tagging(("PER", "LOC"))
    >>> task.validate([{"start": 0, "end": 3, "label": "PER"}], {"text": "Bo in Rome"})
    [{'start': 0, 'end': 3, 'label': 'PER'}]
    """

    kind: ClassVar[str] = "tagging"
    fields: ClassVar[tuple[str, ...]] = ("text",)
    asked_by: ClassVar[str] = "spans"

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the token tags that models predict: O, then B- and I- of each label."""
        return tags_of(self.labels)

    def validate(self, value: Any, fields: Fields | None = None) -> list[dict[str, Any]]:
        """Return the spans in order; raises InvalidAnswer where one is not a span of the text."""
        if not isinstance(value, list | tuple):
            raise _refused(f"{value!r} is not a list of spans")
        size = None if fields is None else len(str(fields.get("text", "")))
        spans = sorted(self._span(one, size) for one in value)
        for left, right in pairwise(spans):
            if right[0] < left[1]:
                raise _refused(f"the spans {_shown(left)} and {_shown(right)} overlap")
        return [_json(span) for span in spans]

    def _span(self, one: Any, size: int | None) -> tuple[int, int, str]:
        if not isinstance(one, Mapping) or set(one) != set(NAMES):
            raise _refused(f"{one!r} is not a span")
        start, end, label = (one[name] for name in NAMES)
        whole = all(isinstance(x, int) and not isinstance(x, bool) for x in (start, end))
        if not whole or not 0 <= start < end or (size is not None and end > size):
            where = "" if size is None else f"; the text has {size} characters"
            raise _refused(f"the span {start!r}–{end!r} does not lie in the text{where}")
        return start, end, "" if label is None else checked_label(label, self.labels)

    def agree(self, values: Sequence[Any]) -> Any:
        """Return the marking that most people made as a whole; of several the newest."""
        return most_common(values)

    def alike(self, value: Any) -> str:
        """Return the spans as text."""
        return written(value)

    def parts(self, value: Any) -> list[str]:
        """Return the label of each span."""
        return [span["label"] for span in value if span["label"] is not None]

    def values(self, prediction: Prediction) -> list[Any]:
        """Return the spans of the best path of tags of each text.

        That is ``token_tags`` where the model has it, else the most probable tag of each token.
        """
        places: Ragged = prediction.array("token_places")
        best = _best(prediction)
        found = []
        for i in range(len(places)):
            tags = [prediction.classes[j] for j in best[places.offsets[i] : places.offsets[i + 1]]]
            found.append([_json(span) for span in decode(tags, np.asarray(places[i], np.int64))])
        return found

    def confidence(self, prediction: Prediction) -> FloatArray:
        """Return the geometric mean over tokens of the largest probability; 1 without tokens."""
        proba: Ragged = prediction.array("token_proba")
        sure = np.log(np.maximum(proba.values.max(axis=1, initial=1e-12), 1e-12))
        total = np.bincount(proba.owner, weights=sure, minlength=len(proba))
        return np.asarray(np.exp(total / np.maximum(proba.lengths, 1)))


def _best(prediction: Prediction) -> IntArray:
    if "token_tags" in prediction.arrays:
        return np.asarray(prediction.array("token_tags").values)
    proba = prediction.array("token_proba").values
    return np.asarray(proba.argmax(axis=1) if len(proba) else np.empty(0, np.int64))


def _refused(problem: str) -> InvalidAnswer:
    allowed = 'a list of {"start", "end", "label"}: whole characters of the text, no overlaps'
    return InvalidAnswer(f"{problem}; allowed: {allowed}", allowed)


def _shown(span: tuple[int, int, str]) -> str:
    return f"{span[0]}–{span[1]} {span[2]}"


def _json(span: Span | tuple[int, int, str]) -> dict[str, Any]:
    start, end, label = span
    return {"start": int(start), "end": int(end), "label": label or None}

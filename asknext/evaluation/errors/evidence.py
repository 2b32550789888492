"""Evidence: the labelled examples of a project, and what a model that had not learnt them said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray
from asknext.core.tasks import Task

BEFORE = "before"
OUT_OF_FOLD = "out_of_fold"
MEASURED = ("regression", "generation")  # tasks where answers are near or far, not right or wrong
SHOWN = 5  # examples of an item that are shown in full

Finding = dict[str, Any]
"""A list of errors: ``kind``, ``items`` (each with a ``name`` and the ``ids`` to ask again),
``figures`` about all of them, and a ``note`` on how to read it."""


class Opinion(NamedTuple):
    """Be the current answer of one annotator."""

    who: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Hold n labelled examples, in an order of their own.

    `source` says how each came to its prediction: ``before`` by the model that served before the
    answer to a question drawn at random was known, ``out_of_fold`` by a model fitted to the other
    labels, empty where every prediction at hand has learnt the label; then `predicted` is None
    and `score` NaN. `score` (n,) is how right the prediction is, in [0, 1]. `confidence` (n,) and
    `proba` (n, c) over `classes` are out-of-fold, NaN where there are none. `stages` (s, n) is
    what successive models, each fitted to more labels and none to this one, made of the label:
    the probability they gave to it, the score of their answer where there are none. `vectors`
    (n, d) have length 1. `near` (n,) numbers groups of near-duplicates. `said` has the labels
    that people gave, oldest first. `beside` has the texts of the task's further fields, such as the
    two answers of a comparison. `language` is empty where it is not known.
    """

    task: Task
    ids: Sequence[str]
    texts: Sequence[str]
    actual: Sequence[Any]
    predicted: Sequence[Any]
    score: FloatArray
    source: Sequence[str]
    confidence: FloatArray | None = None
    classes: Sequence[str] = ()
    proba: FloatArray | None = None
    stages: FloatArray | None = None
    vectors: FloatArray | None = None
    near: IntArray | None = None
    said: Sequence[Sequence[Opinion]] = ()
    meta: Sequence[Mapping[str, Any]] = ()
    beside: Sequence[Sequence[str]] = ()
    language: Sequence[str] = field(default=())

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def judged(self) -> IntArray:
        """Return the places of the examples that a model was judged on."""
        return np.flatnonzero(np.isfinite(self.score))

    @property
    def wrong(self) -> npt.NDArray[np.bool_]:
        """Mask the examples (n,) that the model got wrong, if only in part.

        Numbers and texts are hardly ever quite right: of them those that are further off than
        half of all.
        """
        score = np.nan_to_num(self.score, nan=1.0)
        if self.graded and self.task.kind in MEASURED:
            return np.asarray(score < np.median(self.score[self.judged]))
        return np.asarray(score < 1.0)

    @property
    def graded(self) -> bool:
        """Say whether predictions can be right in part."""
        there = self.score[self.judged]
        return bool(((there > 0.0) & (there < 1.0)).any())

    def item(self, place: int) -> dict[str, Any]:
        """Return what is shown of one example; its name is its id."""
        sure = None if self.confidence is None else float(self.confidence[place])
        score = float(self.score[place])
        return {
            "name": self.ids[place],
            "id": self.ids[place],
            "text": self.texts[place],
            "label": self.actual[place],
            "predicted": self.predicted[place],
            "score": score if np.isfinite(score) else None,
            "confidence": sure if sure is not None and np.isfinite(sure) else None,
            "source": self.source[place],
            "ids": [self.ids[place]],
        }

    def items(self, places: Sequence[int] | IntArray) -> list[dict[str, Any]]:
        """Return what is shown of several examples."""
        return [self.item(int(place)) for place in places]


def finding(kind: str, items: Sequence[dict[str, Any]], note: str = "", **figures: Any) -> Finding:
    """Return a list of errors as plain JSON."""
    return {"kind": kind, "items": list(items), "figures": figures, "note": note}


def count_sources(evidence: Evidence, places: Sequence[int] | IntArray) -> dict[str, int]:
    """Count the predictions among these places that were made before the answer was known."""
    told = [evidence.source[int(place)] for place in places]
    return {BEFORE: told.count(BEFORE), OUT_OF_FOLD: told.count(OUT_OF_FOLD)}

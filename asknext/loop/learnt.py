"""Learnt: which labels the vectors of a deep training know already, and what is left to test on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.predictions import Prediction, log_proba

RECORD = "run.json"
HELD = "held"


@dataclass(frozen=True)
class Learnt:
    """Hold the ids whose labels the vectors were trained on, and a trial's probabilities.

    `proba` (n, c) over `classes` is what a head on the vectors of the trial said of n texts whose
    labels, `actual`, neither of the two had learnt; empty without a trial.
    """

    ids: frozenset[str]
    classes: tuple[str, ...] = ()
    proba: FloatArray | None = None
    actual: tuple[str, ...] = ()

    def unseen(self, ids: Sequence[str]) -> IntArray:
        """Return the places of the labelled examples that the vectors know nothing of."""
        return np.array([i for i, id in enumerate(ids) if id not in self.ids], np.int64)

    @property
    def trial(self) -> tuple[FloatArray, IntArray] | None:
        """Return log-probabilities (n, c) and the columns (n,) of the true classes."""
        place = {name: i for i, name in enumerate(self.classes)}
        kept = [i for i, label in enumerate(self.actual) if label in place]
        if self.proba is None or not kept:
            return None
        numbers = np.array([place[self.actual[i]] for i in kept], np.int64)
        said = Prediction(self.classes, {"proba": self.proba[kept]})
        return log_proba(said, place), numbers


def read_learnt(folder: Path) -> Learnt | None:
    """Read the record of a run; None where its files are not on this machine."""
    path = folder / RECORD
    if not path.exists():
        return None
    record: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    held = record.get(HELD) or {}
    proba = np.array(held["proba"]) if held else None
    classes, actual = tuple(held.get("classes", ())), tuple(held.get("actual", ()))
    return Learnt(frozenset(record["learnt"]), classes, proba, actual)


def held_json(prediction: Prediction | None, actual: Sequence[Any]) -> dict[str, Any] | None:
    """Return what a trial's record keeps of its predictions; None where they are no classes."""
    if prediction is None or "proba" not in prediction.arrays:
        return None
    proba = np.asarray(prediction.proba, float).round(6).tolist()
    return {"classes": list(prediction.classes), "proba": proba, "actual": list(actual)}

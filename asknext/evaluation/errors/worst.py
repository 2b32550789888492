"""Worst: the answers that are furthest from right, with what is wrong about them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from asknext.evaluation.errors.difference import difference
from asknext.evaluation.errors.evidence import Evidence, Finding, finding
from asknext.evaluation.errors.mistakes import COMPARED
from asknext.evaluation.errors.written import types

KIND = "worst"
MOST = 100


def worst(evidence: Evidence) -> Finding:
    """List the answers of the model with the lowest score by the task's metric.

    Of equal scores the model's surest comes first. Texts come with their ``difference`` from the
    wanted one and with ``types`` of error, numbers with how far ``off`` they are, spans and sets
    with ``types``. ``figures`` counts the types over those listed, a hundred at most.
    """
    wrong = [place for place in evidence.judged.tolist() if evidence.score[place] < 1.0]
    sure = np.zeros(len(evidence)) if evidence.confidence is None else evidence.confidence
    key = np.nan_to_num(sure, nan=-1.0)
    wrong.sort(key=lambda place: (evidence.score[place], -key[place]))
    items = [{**evidence.item(place), **_described(evidence, place)} for place in wrong[:MOST]]
    counts = Counter(kind for item in items for kind in item.get("types", ()))
    return finding(KIND, items, "", wrong=len(wrong), types=dict(counts.most_common()))


def _described(evidence: Evidence, place: int) -> dict[str, Any]:
    """Say what is wrong, by the kind of answer."""
    wanted, given, kind = evidence.actual[place], evidence.predicted[place], evidence.task.kind
    if kind == "generation":
        text = evidence.texts[place]
        return {"types": types(wanted, given, text), "difference": difference(wanted, given)}
    if kind == "regression":
        return {"off": float(given) - float(wanted)}
    mistakes = COMPARED[kind](wanted, given)
    return {"types": sorted({mistake.type for mistake in mistakes if mistake.type})}

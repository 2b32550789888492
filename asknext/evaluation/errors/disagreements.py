"""Disagreements: where people say different things, and where the model does not agree."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any

import numpy as np

from asknext.evaluation.agreement import kappa
from asknext.evaluation.errors.evidence import Evidence, Finding, finding

KIND = "disagreements"
PEOPLE, MODEL = "people", "model"
MOST = 200


def disagreements(evidence: Evidence) -> Finding:
    """List examples that people answered differently, then those where the model disagrees.

    ``between`` is ``people`` or ``model``. Where the model disagrees, what it was surest of comes
    first; it had not learnt the label. ``figures`` has Cohen's kappa of each two people and, with
    the labels, of the model.
    """
    people = [item for item in map(_by_people, *_opinions(evidence)) if item is not None]
    order = _surest(evidence)
    by_model = [{**evidence.item(place), "between": MODEL} for place in order]
    return finding(
        KIND,
        [*people[:MOST], *by_model[:MOST]],
        "",
        people=len(people),
        model=len(by_model),
        kappa=_pairs(evidence),
        model_kappa=_model_kappa(evidence),
    )


def _opinions(evidence: Evidence) -> tuple[list[Evidence], list[int]]:
    places = [i for i, said in enumerate(evidence.said) if len(said) > 1]
    return [evidence] * len(places), places


def _by_people(evidence: Evidence, place: int) -> dict[str, Any] | None:
    said = evidence.said[place]
    if len({evidence.task.alike(opinion.value) for opinion in said}) < 2:
        return None
    answers = [{"who": opinion.who, "value": opinion.value} for opinion in said]
    return {**evidence.item(place), "between": PEOPLE, "answers": answers}


def _surest(evidence: Evidence) -> list[int]:
    """Return the places where model and label differ, the model's surest first."""
    alike = evidence.task.alike
    places = [
        i for i in evidence.judged if alike(evidence.actual[i]) != alike(evidence.predicted[i])
    ]
    sure = np.zeros(len(evidence)) if evidence.confidence is None else evidence.confidence
    key = np.nan_to_num(sure, nan=-1.0)
    return sorted(map(int, places), key=lambda i: (evidence.score[i], -key[i]))


def _pairs(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the agreement of each two people on what both have answered."""
    both: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for said in evidence.said:
        ordered = sorted(said, key=lambda opinion: opinion.who)
        for one, other in combinations(ordered, 2):
            alike = (evidence.task.alike(one.value), evidence.task.alike(other.value))
            both[one.who, other.who].append(alike)
    return [
        {"people": list(names), "n": len(pairs), "kappa": kappa(*zip(*pairs, strict=True))}
        for names, pairs in sorted(both.items())
    ]


def _model_kappa(evidence: Evidence) -> float | None:
    judged = evidence.judged.tolist()
    alike = evidence.task.alike
    said = [[alike(side[i]) for i in judged] for side in (evidence.actual, evidence.predicted)]
    return kappa(*said) if judged else None

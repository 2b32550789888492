"""Label errors: labels that are likely wrong, by confident learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.imports import require
from asknext.evaluation.errors.evidence import Evidence, Finding, finding

KIND = "label_errors"
PURPOSE = "finding label errors"
LEAST = 20  # labelled examples with probabilities below which nothing can be said
HOW: dict[str, Any] = {
    "filter_by": "confident_learning",
    "return_indices_ranked_by": "self_confidence",
    "n_jobs": 1,
}
FEWEST = 3  # examples of a label below which out-of-fold models hardly know it


def label_errors(evidence: Evidence) -> Finding:
    """List labels that are likely wrong, the least credible first, with what they may be.

    A label is listed where the model, which has not learnt it, gives it less than usual for
    examples of this label and gives another one as much as usual for that one. Labels with fewer
    than three examples are left out. ``credibility`` is the probability of the given label, of a
    set that of its least credible part. ``right`` in ``figures`` is how often the model agrees:
    with a weak one most of what is listed is its own error.

    Source: Northcutt, Jiang and Chuang 2021, Confident Learning, by the library cleanlab.

    Raises:
        MissingExtra: cleanlab is not installed.
    """
    if evidence.task.kind not in FOUND or evidence.proba is None:
        kinds = " and ".join(sorted(FOUND))
        return finding(KIND, [], f"serves {kinds} tasks whose model gives probabilities")
    places = np.flatnonzero(np.isfinite(evidence.proba).all(axis=1))
    if len(places) < LEAST:
        return finding(KIND, [], f"needs {LEAST} labels that a model has not learnt")
    items, checked = FOUND[evidence.task.kind](evidence, places)
    note = "likely, not certain: rare labels and a weak model bring false alarms; look at each"
    right = 1.0 - evidence.wrong[places].mean()
    return finding(KIND, items, note, checked=checked, right=float(right))


def _single(evidence: Evidence, places: IntArray) -> tuple[list[dict[str, Any]], int]:
    """Look for wrong single labels, among labels that are frequent enough."""
    assert evidence.proba is not None
    given = np.array([evidence.classes.index(evidence.actual[i]) for i in places])
    names, counts = np.unique(given, return_counts=True)
    kept = names[counts >= FEWEST]
    if len(kept) < 2:
        return [], 0
    inside = np.isin(given, kept)
    places, given = places[inside], np.searchsorted(kept, given[inside])
    proba = np.maximum(evidence.proba[np.ix_(places, kept)], 1e-9)
    proba /= proba.sum(axis=1, keepdims=True)
    cleanlab = require("cleanlab.filter", extra="quality", purpose=PURPOSE)
    ranked = cleanlab.find_label_issues(given, proba, **HOW)
    items = []
    for i in ranked.tolist():
        best = evidence.classes[int(kept[proba[i].argmax()])]
        item = evidence.item(int(places[i]))
        items.append({**item, "suggested": best, "credibility": float(proba[i, given[i]])})
    return items, len(places)


def _sets(evidence: Evidence, places: IntArray) -> tuple[list[dict[str, Any]], int]:
    """Look for wrong sets of labels."""
    assert evidence.proba is not None
    place = {name: i for i, name in enumerate(evidence.classes)}
    given = [sorted(place[name] for name in evidence.actual[i]) for i in places]
    proba = np.clip(evidence.proba[places], 1e-9, 1.0 - 1e-9)
    cleanlab = require(
        "cleanlab.multilabel_classification.filter", extra="quality", purpose=PURPOSE
    )
    ranked = cleanlab.find_label_issues(given, proba, **HOW)
    items = []
    for i in np.asarray(ranked).tolist():
        held = np.isin(np.arange(len(place)), given[i])
        credible = np.where(held, proba[i], 1.0 - proba[i])
        suggested = [name for name, p in zip(evidence.classes, proba[i], strict=True) if p >= 0.5]
        item = evidence.item(int(places[i]))
        items.append({**item, "suggested": suggested, "credibility": float(credible.min())})
    return items, len(places)


FOUND = {"classification": _single, "multi_label": _sets}

"""Confusions: what is taken for what, most often first, with examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from asknext.evaluation.errors.evidence import (
    SHOWN,
    Evidence,
    Finding,
    count_sources,
    finding,
)
from asknext.evaluation.errors.mistakes import COMPARED, Mistake

KIND = "confusions"


def confusions(evidence: Evidence) -> Finding:
    """List what the model takes for what.

    ``share`` is that of the examples with this label that were mistaken in this way. The examples
    that the model was surest of come first.
    """
    compare = COMPARED.get(evidence.task.kind)
    if compare is None:
        return finding(KIND, [], f"a {evidence.task.kind} task has no labels to confuse; see worst")
    found: dict[Mistake, list[int]] = defaultdict(list)
    for place in evidence.judged.tolist():
        for mistake in set(compare(evidence.actual[place], evidence.predicted[place])):
            found[mistake].append(place)
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    judged = evidence.judged.tolist()
    parts = evidence.task.parts
    among = Counter(part for i in judged for part in set(parts(evidence.actual[i])))
    items = [_item(evidence, *pair, among[pair[0].actual] or len(judged)) for pair in ordered]
    return finding(KIND, items, mistakes=len(ordered))


def _item(evidence: Evidence, mistake: Mistake, places: list[int], among: int) -> dict[str, Any]:
    surest = sorted(places, key=lambda place: -_sure(evidence, place))
    kind = f" ({mistake.type})" if mistake.type else ""
    return {
        "name": f"{mistake.actual} → {mistake.predicted}{kind}",
        "actual": mistake.actual,
        "predicted": mistake.predicted,
        "type": mistake.type,
        "count": len(places),
        "share": len(places) / among,
        **count_sources(evidence, places),
        "examples": evidence.items(surest[:SHOWN]),
        "ids": [evidence.ids[place] for place in surest],
    }


def _sure(evidence: Evidence, place: int) -> float:
    sure = None if evidence.confidence is None else float(evidence.confidence[place])
    return sure if sure is not None and sure == sure else -1.0

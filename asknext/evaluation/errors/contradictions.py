"""Contradictions: texts that are nearly the same and have different labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from asknext.evaluation.errors.difference import difference
from asknext.evaluation.errors.evidence import Evidence, Finding, finding

KIND = "contradictions"
CLOSE = 0.95  # cosine from which two texts count as nearly the same
GROUP = 30  # members of a group of near-duplicates that are compared
BLOCK = 512
MOST = 100
Pair = tuple[int, int]


def contradictions(evidence: Evidence) -> Finding:
    """List pairs of nearly equal texts with different labels, the most alike first.

    ``by`` says how they were found: ``near_duplicate`` at import by shared letters, ``vectors``
    by a cosine of 0.95 or more. ``difference`` shows both texts: a single word may well make
    another label right.
    """
    alike = [evidence.task.alike(value) for value in evidence.actual]
    found = dict.fromkeys(_grouped(evidence), "near_duplicate")
    found |= {pair: "vectors" for pair in _close(evidence) if pair not in found}
    pairs = [(pair, by) for pair, by in found.items() if alike[pair[0]] != alike[pair[1]]]
    items = [_item(evidence, pair, by) for pair, by in pairs]
    items.sort(key=lambda item: (-(item["similarity"] or 0.0), item["name"]))
    return finding(KIND, items[:MOST], "", pairs=len(found), contradictions=len(items))


def _grouped(evidence: Evidence) -> Iterator[Pair]:
    """Yield the pairs within each group of near-duplicates."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate([] if evidence.near is None else evidence.near.tolist()):
        groups[group].append(place)
    for members in groups.values():
        yield from combinations(members[:GROUP], 2)


def _close(evidence: Evidence) -> Iterator[Pair]:
    """Yield the pairs of texts whose vectors are close."""
    if evidence.vectors is None:
        return
    vectors = np.asarray(evidence.vectors, np.float32)
    for start in range(0, len(vectors), BLOCK):
        near = vectors[start : start + BLOCK] @ vectors.T
        for row, column in zip(*np.nonzero(near >= CLOSE), strict=True):
            if start + row < column:
                yield int(start + row), int(column)


def _item(evidence: Evidence, pair: Pair, by: str) -> dict[str, Any]:
    one, other = pair
    near = None
    if evidence.vectors is not None:
        near = float(evidence.vectors[one] @ evidence.vectors[other])
    return {
        "name": f"{evidence.ids[one]} | {evidence.ids[other]}",
        "by": by,
        "similarity": near,
        "examples": evidence.items(pair),
        "difference": difference(evidence.texts[one], evidence.texts[other]),
        "ids": [evidence.ids[one], evidence.ids[other]],
    }

"""Contradictions: texts that are nearly the same and have different labels."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.evaluation.errors.difference import difference
from asknext.evaluation.errors.evidence import Evidence, Finding, finding

KIND = "contradictions"
CLOSE = 0.95  # cosine from which two texts count as nearly the same
LETTERS = 0.9  # the same for further texts, by the runs of letters that they share
RUNS = (3, 4)  # letters of a run
GROUP = 30  # members of a group of near-duplicates that are compared
BLOCK = 128
MOST = 100
GROUPED, VECTORS = "near_duplicate", "vectors"

Pair = tuple[int, int]
Found = tuple[float, Pair, str]
"""How alike two texts are, their places, and how they were found."""


def contradictions(evidence: Evidence) -> Finding:
    """List pairs of nearly equal texts with different labels, the most alike first.

    ``by`` says how they were found: ``near_duplicate`` at import by shared letters, ``vectors``
    by a cosine of 0.95 or more. ``difference`` shows both texts: a single word may well make
    another label right. Of comparisons both answers must be nearly equal too. Of texts that are
    written none is wrong because another one is right: there are no pairs of them.
    """
    if evidence.task.kind == "generation":
        return finding(KIND, [], "texts that are written differ by themselves; see worst")
    alike = [evidence.task.alike(value) for value in evidence.actual]
    numbers = {value: number for number, value in enumerate(dict.fromkeys(alike))}
    labels = np.array([numbers[value] for value in alike], np.int64)
    best, count = _best(evidence, labels)
    items = [_item(evidence, pair, near, by) for near, pair, by in best]
    return finding(KIND, items, "", contradictions=count)


def _best(evidence: Evidence, labels: IntArray) -> tuple[list[Found], int]:
    """Return the `MOST` most alike pairs with different labels, and how many there are."""
    beside = _beside(evidence)
    grouped = [
        (a, b)
        for a, b in _grouped(evidence)
        if labels[a] != labels[b] and all(runs[a] @ runs[b] >= LETTERS for runs in beside)
    ]
    kept = heapq.nsmallest(MOST, ((-_alike(evidence, pair), pair, GROUPED) for pair in grouped))
    count = len(grouped)
    for found, more in _close(evidence, labels, beside, _table(grouped)):
        kept = heapq.nsmallest(MOST, [*kept, *found])
        count += more
    return [(-key, pair, by) for key, pair, by in kept], count


def _table(pairs: list[Pair]) -> IntArray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def _beside(evidence: Evidence) -> list[FloatArray]:
    """Return for each further text what runs of letters it has: rows (n, 1024) of length 1."""
    if not any(evidence.beside):
        return []
    from sklearn.feature_extraction.text import HashingVectorizer

    runs = HashingVectorizer(analyzer="char", ngram_range=RUNS, n_features=1024, dtype=np.float32)
    fields = zip(*evidence.beside, strict=True)
    return [runs.transform([f" {text} " for text in texts]).toarray() for texts in fields]


def _grouped(evidence: Evidence) -> Iterator[Pair]:
    """Yield the pairs within each group of near-duplicates."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate([] if evidence.near is None else evidence.near.tolist()):
        groups[group].append(place)
    for members in groups.values():
        yield from combinations(members[:GROUP], 2)


def _close(
    evidence: Evidence, labels: IntArray, beside: list[FloatArray], known: IntArray
) -> Iterator[tuple[list[Found], int]]:
    """Yield of each block the most alike pairs with different labels, and how many there are.

    Pairs whose texts `beside` differ are left out, and those that are `known` (k, 2) already.
    """
    if evidence.vectors is None:
        return
    vectors = np.asarray(evidence.vectors, np.float32)
    for start in range(0, len(vectors), BLOCK):
        near = vectors[start : start + BLOCK] @ vectors[start:].T
        fit = (near >= CLOSE) & (labels[start : start + BLOCK, None] != labels[None, start:])
        for runs in beside:
            fit &= runs[start : start + BLOCK] @ runs[start:].T >= LETTERS
        inside = known[(known[:, 0] >= start) & (known[:, 0] < start + BLOCK)] - start
        fit[inside[:, 0], inside[:, 1]] = False
        rows, columns = np.nonzero(np.triu(fit, 1))
        key, count = -near[rows, columns], len(rows)
        best = np.argpartition(key, MOST)[:MOST] if count > MOST else np.arange(count)
        found = zip(key[best], rows[best] + start, columns[best] + start, strict=True)
        yield [(float(far), (int(a), int(b)), VECTORS) for far, a, b in found], count


def _alike(evidence: Evidence, pair: Pair) -> float:
    if evidence.vectors is None:
        return 0.0
    return float(evidence.vectors[pair[0]] @ evidence.vectors[pair[1]])


def _item(evidence: Evidence, pair: Pair, near: float, by: str) -> dict[str, Any]:
    one, other = pair
    return {
        "name": f"{evidence.ids[one]} | {evidence.ids[other]}",
        "by": by,
        "similarity": None if evidence.vectors is None else near,
        "examples": evidence.items(pair),
        "difference": difference(evidence.texts[one], evidence.texts[other]),
        "ids": [evidence.ids[one], evidence.ids[other]],
    }

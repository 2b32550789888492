"""Uncertainty: ask where the model knows least, by three readings of its probabilities."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking

STRIP = 2048  # rows at a time: their probabilities stay in the processor's cache


def read_proba(view: View) -> FloatArray:
    """Return the class probabilities (n, c), float32 at least; raises InvalidInput for no table."""
    proba = view.proba
    if proba.ndim != 2 or proba.shape[0] != len(view) or proba.shape[1] == 0:
        raise InvalidInput(
            f"proba has shape {proba.shape}; it must be ({len(view)}, classes), a row for each "
            "candidate"
        )
    return proba.astype(np.promote_types(proba.dtype, np.float32), copy=False)


def two_largest(proba: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the largest and the second largest of each row (n,); 0 as second of one class.

    NaN anywhere in a row makes both NaN.
    """
    first = np.full(len(proba), -np.inf, proba.dtype)
    second = np.full(len(proba), -np.inf if proba.shape[1] > 1 else 0.0, proba.dtype)
    for start in range(0, len(proba), STRIP):
        part = slice(start, start + STRIP)
        # A class at a time over many rows is several times faster than sorting short rows.
        for column in np.ascontiguousarray(proba[part].T):
            np.maximum(second[part], np.minimum(first[part], column), out=second[part])
            np.maximum(first[part], column, out=first[part])
    return first, second


def margins(proba: FloatArray) -> FloatArray:
    """Return p(first) − p(second) of each row (n,); 0 where there is one class. NaN stays NaN.

    >>> margins(np.array([[0.75, 0.25], [0.5, 0.5]])).tolist()
    [0.5, 0.0]
    """
    first, second = two_largest(proba)
    return first - second if proba.shape[1] > 1 else first * 0.0


def entropies(proba: FloatArray) -> FloatArray:
    """Return −Σ p log p of each row (n,) in nats; p log p at p = 0 is 0. NaN stays NaN.

    >>> entropies(np.array([[1.0, 0.0], [0.5, 0.5]])).round(4).tolist()
    [0.0, 0.6931]
    """
    found = np.empty(len(proba))
    for start in range(0, len(proba), STRIP):
        part = proba[start : start + STRIP]
        logs = np.log(np.where(part == 0, 1, part))
        found[start : start + STRIP] = 0.0 - np.einsum("ij,ij->i", part, logs)
    return found


def leaders(view: View, rows: IntArray) -> list[tuple[str, str, float, float]]:
    """Return the two likeliest classes of each row and their probabilities.

    Empty names where the view does not know the classes, or there is one class only.
    """
    proba = read_proba(view)[rows]
    names = view.classes if len(view.classes) == proba.shape[1] > 1 else ()
    order = np.argsort(-proba, axis=1, kind="stable")[:, :2]
    return [
        (names[two[0]], names[two[1]], float(p[two[0]]), float(p[two[1]]))
        if names
        else ("", "", float(p[two[0]]), float(p[two[-1]]))
        for two, p in zip(order, proba, strict=True)
    ]


def wavering(view: View, rows: IntArray) -> list[str]:
    """Say between which two classes the model wavers on each row."""
    return [
        f"the model wavers between “{a}” ({p:.0%}) and “{b}” ({q:.0%})"
        if a
        else "the model wavers between two answers"
        for a, b, p, q in leaders(view, rows)
    ]


class LeastConfidence(Ranking):
    """Score 1 − p(first): the likeliest class is unlikely.

    Source: Lewis and Gale 1994.
    """

    name: ClassVar[str] = "least_confidence"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = "Below margin with many classes; a plain baseline."
    source: ClassVar[str] = "Lewis and Gale 1994, section 4"

    def score(self, view: View) -> FloatArray:
        """Return 1 − p(first) (n,)."""
        return np.asarray(1.0 - two_largest(read_proba(view))[0])

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the likeliest class and how little the model trusts it."""
        return [
            f"the model's best guess is “{a}”, at {p:.0%} only"
            if a
            else f"the model trusts its best guess to {p:.0%} only"
            for a, _, p, _ in leaders(view, rows)
        ]


class Margin(Ranking):
    """Score 1 − (p(first) − p(second)): the two likeliest classes are close.

    Source: Scheffer et al. 2001; "breaking ties" in Schröder et al. 2022.
    """

    name: ClassVar[str] = "margin"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "The bar: above random on 24 of 26 sets in a large re-benchmark, and on most of ours."
    )
    source: ClassVar[str] = "Scheffer et al. 2001; Schröder et al. 2022, section 3 (breaking ties)"

    def score(self, view: View) -> FloatArray:
        """Return 1 − margin (n,)."""
        return np.asarray(1.0 - margins(read_proba(view)))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the two classes."""
        return wavering(view, rows)


class Entropy(Ranking):
    """Score the entropy of the class probabilities. Often below random with many classes.

    Source: Shannon entropy, as in Settles 2009, section 3.1.
    """

    name: ClassVar[str] = "entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes"
    evidence: ClassVar[str] = (
        "Below random on several of our sets with many classes; margin is the better one."
    )
    source: ClassVar[str] = "Settles 2009, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        return entropies(read_proba(view))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many classes the model is spread."""
        return [f"the model is torn between about {np.exp(score):.1f} answers" for score in scores]

"""Probabilities: what strategies read of a model's class probabilities."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View

STRIP = 8192  # rows at a time: their probabilities stay in the processor's cache


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
    order = np.argsort(-proba, axis=1, kind="stable")[:, :2].tolist()
    return [
        (names[two[0]], names[two[1]], p[two[0]], p[two[1]])
        if names
        else ("", "", p[two[0]], p[two[-1]])
        for two, p in zip(order, proba.tolist(), strict=True)
    ]


def wavering(view: View, rows: IntArray) -> list[str]:
    """Say between which two classes the model wavers on each row."""
    return [
        f"the model wavers between “{a}” ({p:.0%}) and “{b}” ({q:.0%})"
        if a
        else "the model wavers between two answers"
        for a, b, p, q in leaders(view, rows)
    ]

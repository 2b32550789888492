"""Multinomial logistic regression in float32, made for refitting after every answer.

The objective is that of scikit-learn's ``LogisticRegression``: the sum of the cross-entropies
plus ``|W|² / 2C``, intercepts free. Why it is not called (docs/decisions/0007-instant-head.md):
here products stay in float32, vectors are moved and scaled to where the optimiser has an easy
task, and it stops by what is left to gain in the *sum* of the losses, so that one new answer among
thousands still counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.models.frame import Frame
from asknext.models.lbfgs import Gradient, Point, descend


@dataclass(frozen=True)
class Problem:
    """Hold n examples: vectors (n, d), class numbers (n,) below `classes`, weights (n,)."""

    vectors: FloatArray
    numbers: IntArray
    weights: FloatArray
    classes: int
    C: float


def minimise(
    problem: Problem, start: Point, *, tol: float, most: int
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (c, d) and intercepts (c,), float32, from `start` (d + 1, c).

    Stops when the loss is within about `tol` nats (per 1,000 examples, where there are more) of
    its lowest value, or after `most` gradients. Intercepts sum to 0.
    """
    frame = Frame.of(problem.vectors)
    enough = tol * float(problem.weights.mean()) * max(1.0, len(problem.vectors) / 1000)
    found = descend(_gradient(problem, frame), frame.inward(start), tol=enough, most=most)
    outside = frame.outward(found)
    if not np.isfinite(outside).all():
        raise InvalidInput("the head could not be fitted: vectors or weights are too large")
    coef, intercept = outside[:-1].T, outside[-1] - outside[-1].mean()
    return np.ascontiguousarray(coef, np.float32), intercept.astype(np.float32)


def _gradient(problem: Problem, frame: Frame) -> Gradient:
    vectors = frame.vectors
    across = np.ascontiguousarray(vectors.T)
    weights = problem.weights.astype(np.float32)[:, None]
    rows = np.arange(len(vectors))
    ridge = 1.0 / (problem.C * frame.scale**2)

    def gradient(both: Point) -> Point:
        pull = vectors @ both[:-1].astype(np.float32)
        pull += both[-1].astype(np.float32)
        softmax(pull)
        pull[rows, problem.numbers] -= 1.0
        pull *= weights
        found = both * ridge
        found[:-1] += across @ pull
        found[-1] = pull.sum(axis=0, dtype=np.float64)
        return found

    return gradient


def softmax(scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Turn scores (n, c) into probabilities in place, safe against overflow; return them.

    >>> softmax(np.array([[1000.0, 1000.0]])).tolist()
    [[0.5, 0.5]]
    """
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores

"""Many logistic regressions at once: each column of targets is a yes-or-no question of its own.

The objective of each is that of scikit-learn's binary ``LogisticRegression``. They share the
vectors, so one product serves all of them; see models/logistic.py for the rest of the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.models.frame import Frame
from asknext.models.lbfgs import Gradient, Point, descend


@dataclass(frozen=True)
class Questions:
    """Hold n examples: vectors (n, d), targets (n, c) in [0, 1], weights (n,)."""

    vectors: FloatArray
    targets: FloatArray
    weights: FloatArray
    C: float


def minimise(asked: Questions, start: Point, *, tol: float, most: int) -> Point:
    """Return coefficients and, below them, intercepts (d + 1, c) from `start` (d + 1, c).

    Stops when the sum of all losses is within about `tol` nats (per 1,000 examples, where there
    are more) of its lowest value, or after `most` gradients.

    >>> one = Questions(np.eye(2, dtype=np.float32), np.array([[1.0], [0.0]]), np.ones(2), 1.0)
    >>> minimise(one, np.zeros((3, 1)), tol=1e-9, most=100).round(2).ravel().tolist()
    [0.4, -0.4, 0.0]
    """
    frame = Frame.of(asked.vectors)
    enough = tol * float(asked.weights.mean()) * max(1.0, len(asked.vectors) / 1000)
    found = descend(_gradient(asked, frame), frame.inward(start), tol=enough, most=most)
    outside = frame.outward(found)
    if not np.isfinite(outside).all():
        raise InvalidInput("the head could not be fitted: vectors or weights are too large")
    return outside


def _gradient(asked: Questions, frame: Frame) -> Gradient:
    vectors = frame.vectors
    across = np.ascontiguousarray(vectors.T)
    targets = np.asarray(asked.targets, np.float32)
    weights = asked.weights.astype(np.float32)[:, None]
    ridge = 1.0 / (asked.C * frame.scale**2)

    def gradient(both: Point) -> Point:
        pull = vectors @ both[:-1].astype(np.float32)
        pull += both[-1].astype(np.float32)
        sigmoid(pull)
        pull -= targets
        pull *= weights
        found = both * ridge
        found[:-1] += across @ pull
        found[-1] = pull.sum(axis=0, dtype=np.float64)
        return found

    return gradient


def sigmoid(scores: FloatArray) -> FloatArray:
    """Turn scores into 1 / (1 + exp(−x)) in place, safe against overflow; return them.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    from scipy.special import expit  # heavy, and only needed here

    expit(scores, out=scores)
    return scores

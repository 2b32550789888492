"""Multinomial logistic regression by L-BFGS, in float32, made for refitting after every answer.

The objective is that of scikit-learn's ``LogisticRegression``: the sum of the cross-entropies
plus ``|W|² / 2C``, intercepts free. Three things make it several times faster here than calling
that class (see docs/decisions/0007-instant-head.md): products stay in float32, vectors are
centred, which changes the path but not the solution since intercepts are free, and the stopping
rule is on the *sum* of the gradients, so that one new answer among thousands still counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput

Flat = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Hold n examples: vectors (n, d), class numbers (n,) below `classes`, weights (n,)."""

    vectors: FloatArray
    numbers: IntArray
    weights: FloatArray
    classes: int
    C: float


def minimise(
    problem: Problem, start: Flat, *, tol: float, max_iter: int
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (c, d) and intercepts (c,), float32, from `start` (d + 1, c).

    Stops when no component of the summed gradient exceeds `tol` times the mean weight; where
    `max_iter` comes first, the best point so far is returned. Intercepts sum to 0.
    """
    from scipy.optimize import minimize

    mean = problem.vectors.mean(axis=0, dtype=np.float64)
    first = np.vstack([start[:-1], start[-1] + mean @ start[:-1]])
    found = minimize(
        _objective(problem, mean),
        first.ravel(),
        method="L-BFGS-B",
        jac=True,
        # The gradient decides alone: a test on the loss would stop at its float32 noise.
        options={
            "gtol": tol * float(problem.weights.mean()),
            "ftol": 0.0,
            "maxiter": max_iter,
            "maxfun": 10 * max_iter,
            "maxls": 50,
        },
    )
    return _unpack(found.x.reshape(first.shape), mean)


def _unpack(solution: Flat, mean: Flat) -> tuple[FloatArray, FloatArray]:
    coef = solution[:-1].T
    intercept = solution[-1] - mean @ solution[:-1]
    if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
        raise InvalidInput("the head could not be fitted: vectors or weights are too large")
    centred = intercept - intercept.mean()
    return np.ascontiguousarray(coef, np.float32), centred.astype(np.float32)


def _objective(problem: Problem, mean: Flat) -> Callable[[Flat], tuple[float, Flat]]:
    vectors = np.ascontiguousarray(problem.vectors - mean.astype(np.float32), np.float32)
    across = np.ascontiguousarray(vectors.T)
    n, d = vectors.shape
    weights = problem.weights.astype(np.float32)[:, None]
    rows = np.arange(n)
    ridge = 1.0 / problem.C

    def loss_and_gradient(flat: Flat) -> tuple[float, Flat]:
        both = flat.reshape(d + 1, problem.classes)
        scores = vectors @ both[:-1].astype(np.float32)
        scores += both[-1].astype(np.float32)
        loss, pull = _cross_entropy(scores, rows, problem.numbers, weights)
        gradient = np.empty_like(both)
        gradient[:-1] = across @ pull
        gradient[:-1] += ridge * both[:-1]
        gradient[-1] = pull.sum(axis=0, dtype=np.float64)
        return loss + 0.5 * ridge * float(np.vdot(both[:-1], both[:-1])), gradient.ravel()

    return loss_and_gradient


def _cross_entropy(
    scores: npt.NDArray[Any], rows: IntArray, numbers: IntArray, weights: FloatArray
) -> tuple[float, npt.NDArray[Any]]:
    """Return the weighted sum of -log p(true class) and its gradient; overwrites `scores`."""
    scores -= scores.max(axis=1, keepdims=True)
    true = scores[rows, numbers]
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    each = (np.log(total[:, 0]) - true) * weights[:, 0]
    scores /= total
    scores[rows, numbers] -= 1.0
    scores *= weights
    return float(each.sum(dtype=np.float64)), scores

"""Influence: where the linear head goes when it learns one more label, without a refit.

The head minimises Σ loss + λ/2 ‖W‖². One more example (x, y) adds its own loss. What was there is
taken as quadratic, with the factored Hessian H of `asknext.core.curvature`; the new loss is not:
a surprising answer has a gradient near 1 until it is learnt, and then none, so that a plain
Newton step goes many times too far. Along the gradient p − e_y = −(1 − p_y)(e_y − π), where π
are the other classes in their proportions, the step is

    θ′ − θ = ρ H⁻¹ (e_y − π) ⊗ [x, 1],    ρ = 1 − p′_y = σ(−(a + ρ L)),

with a the log odds of y and L the quadratic form of (e_y − π) ⊗ [x, 1] with H⁻¹. With two
classes this is the minimum for that H; with more the other classes keep their proportions.
"""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.curvature import Curvature
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.probabilities import read_proba

HEAD = frozenset({"proba", "features", "labelled_features", "labelled_proba", "penalty"})
"""What strategies that reckon with the linear head read."""

TINY = np.float32(1e-7)
STEPS = 6  # of Newton's method on one number; the first lie within a factor of the root


def read_curvature(view: View) -> Curvature:
    """Return the curvature of the view's head; raises InvalidInput where its arrays do not fit."""
    proba, known = read_proba(view), np.asarray(view.array("labelled_proba"))
    features, labelled = view.array("features"), view.array("labelled_features")
    if len(features) != len(view) or features.shape[1] != labelled.shape[1]:
        raise InvalidInput(
            f"features has shape {features.shape} and labelled_features {labelled.shape}; they "
            f"must be ({len(view)}, d) and (labelled, d)"
        )
    if known.shape[1:] != proba.shape[1:]:
        raise InvalidInput(
            f"proba has {proba.shape[1]} classes and labelled_proba {known.shape[1]}; both must "
            "come from one model"
        )
    return Curvature.of(labelled, known, float(view.array("penalty")))


def forms(curvature: Curvature, proba: FloatArray, along: FloatArray) -> FloatArray:
    """Return Σ_k along_k (v_kᵀ(p − e_y))² (n, c) for numbers `along` (n, k) of the directions."""
    directions = curvature.directions
    means = proba @ directions
    found = along @ np.square(directions).T
    found += ((along * np.square(means)).sum(axis=1))[:, None]
    found -= 2.0 * (along * means) @ directions.T
    return np.asarray(np.maximum(found, 0.0))


def shares(proba: FloatArray, stiffness: FloatArray) -> FloatArray:
    """Return ρ / (1 − p_y) (n, c): what is left of the gradient once the answer is learnt.

    `stiffness` (n, c) is L. 1 means that a gradient step is right, near 0 that the answer is
    learnt long before.

    >>> shares(np.array([[0.5, 0.5]]), np.array([[0.0, 100.0]])).round(3).tolist()
    [[1.0, 0.067]]
    """
    wrong = np.maximum(1.0 - proba, TINY)
    odds = np.log(np.maximum(proba, TINY)) - np.log(wrong)
    length = np.maximum(stiffness, TINY)
    height = np.log(length)
    # ρL = eˢ solves s + log(1 + e^(a + eˢ)) = log L, which is convex and rising in s: from above,
    # Newton's method comes down to the root without ever passing it.
    step = np.minimum(height + np.log(wrong), np.log(np.maximum(1.0, height - odds)))
    for _ in range(STEPS):
        gain = np.exp(step)
        inside = odds + gain
        small = np.exp(-np.abs(inside))
        soft = np.maximum(inside, 0.0) + np.log(1.0 + small)
        slope = 1.0 + gain * np.where(inside > 0, 1.0, small) / (1.0 + small)
        step -= (step + soft - height) / slope
    return np.asarray(np.minimum(np.exp(step) / (length * wrong), 1.0))


def answered(curvature: Curvature, proba: FloatArray, leverage: FloatArray) -> FloatArray:
    """Return `shares` (n, c) of candidates with [x, 1]ᵀH⁻¹[x, 1] along the directions (n, k)."""
    wrong = np.maximum(1.0 - proba, TINY)
    return shares(proba, forms(curvature, proba, leverage) / np.square(wrong))

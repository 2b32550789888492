"""Curvature: the Hessian of a fitted softmax head in factors small enough to ask a pool with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, Table, blocks
from asknext.core.errors import InvalidInput

FREE = 0.01  # share of the penalty that intercepts bear, so that they are bounded too


def with_one(features: FloatArray) -> FloatArray:
    """Return [x, 1] (n, d + 1) float32: an intercept is the coefficient of a constant."""
    found = np.ones((len(features), features.shape[1] + 1), np.float32)
    found[:, :-1] = features
    return found


def contrasts(classes: int) -> npt.NDArray[np.float64]:
    """Return orthonormal directions (c, c − 1) that each sum to 0.

    A softmax does not see what is added to all its logits, so these are all that matter.

    >>> contrasts(2).round(3).tolist()
    [[-0.707], [0.707]]
    """
    centred = np.eye(classes)[:, 1:] - 1.0 / classes
    found, corner = np.linalg.qr(centred)
    return np.asarray(found * np.sign(np.diag(corner)))


@dataclass(frozen=True)
class Curvature:
    """Hold the Hessian of Σ loss + λ/2 ‖W‖² over W (c, d) and free intercepts, factored.

    In the basis of `directions` (c, k) over classes ⊗ `basis` (d + 1, r) over [x, 1] it is taken
    as diagonal, with `values` (k, r), and as λ = `penalty` on whatever is orthogonal to `basis`.
    Exact for one direction (two classes) up to coupling between columns of the basis; for more,
    both bases are eigenvectors of the two Kronecker factors and the values those of the true
    Hessian along them.

    Source: George et al. 2018 (eigenvalue-corrected Kronecker factorisation), on the exact Fisher
    matrix of the head instead of samples of it.
    """

    directions: FloatArray
    basis: FloatArray
    values: FloatArray
    penalty: float

    @classmethod
    def of(cls, features: Table, proba: FloatArray, penalty: float) -> Curvature:
        """Factor the Hessian of a head at its probabilities (m, c) of what it learnt from (m, d).

        Raises:
            InvalidInput: counts that differ, numbers that are not finite, a penalty not above 0.
        """
        proba = _checked(features, proba, penalty)
        directions = _turned(contrasts(proba.shape[1]), proba)
        spread = spread_along(directions, proba)
        basis = _eigenbasis(features, spread.sum(axis=1) / max(1, spread.shape[1]), penalty)
        values = np.zeros((directions.shape[1], basis.shape[1]))
        for part, block in blocks(features):
            values += spread[part].T @ np.square(with_one(block) @ basis)
        share = np.square(basis[-1])
        values += penalty * (1.0 - share + FREE * share)
        if not np.isfinite(values).all():
            raise InvalidInput("labelled_features holds NaN or infinite numbers; encode them again")
        return cls(directions.astype(np.float32), basis, values.astype(np.float32), float(penalty))

    def spread(self, proba: FloatArray) -> FloatArray:
        """Return vᵀ(diag p − p pᵀ)v (n, k) of each direction v: the curvature of one example."""
        return np.asarray(spread_along(self.directions, proba), np.float32)

    def coordinates(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return [x, 1] in the basis (n, r), and the squared length (n,) that it leaves out."""
        full = with_one(features)
        found = full @ self.basis
        if self.basis.shape[0] == self.basis.shape[1]:
            return found, np.zeros(len(found), np.float32)
        length = np.einsum("ij,ij->i", full, full)
        return found, np.maximum(length - np.einsum("ij,ij->i", found, found), 0.0)

    def norms(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return [x, 1]ᵀ H⁻¹ [x, 1] and [x, 1]ᵀ H⁻² [x, 1] along each direction, both (n, k)."""
        squares, rest = self.coordinates(features)
        np.square(squares, out=squares)
        inverse = 1.0 / self.values.T
        both = squares @ np.hstack([inverse, np.square(inverse)])
        first, second = np.split(both, 2, axis=1)
        rest = rest[:, None]
        return first + rest / self.penalty, second + rest / self.penalty**2


def spread_along(directions: FloatArray, proba: FloatArray) -> FloatArray:
    """Return vᵀ(diag p − p pᵀ)v (n, k) for the columns v of `directions` (c, k)."""
    mean = proba @ directions
    return np.asarray(np.maximum(proba @ np.square(directions) - np.square(mean), 0.0))


def _checked(features: Table, proba: FloatArray, penalty: float) -> npt.NDArray[np.float64]:
    if len(features) != len(proba):
        raise InvalidInput(
            f"labelled_features has {len(features)} rows and labelled_proba {len(proba)}; both "
            "must have one for each labelled example"
        )
    if not np.isfinite(proba).all():
        raise InvalidInput("labelled_proba holds NaN or infinite numbers; fit the model again")
    if not (np.isfinite(penalty) and penalty > 0):
        raise InvalidInput(f"penalty is λ of the head, a number above 0; given: {penalty}")
    return np.asarray(proba, np.float64)


def _turned(directions: FloatArray, proba: FloatArray) -> FloatArray:
    """Turn the directions into eigenvectors of Σ (diag p − p pᵀ)."""
    whole = np.diag(proba.sum(axis=0)) - proba.T @ proba
    return np.asarray(directions @ np.linalg.eigh(directions.T @ whole @ directions)[1])


def _eigenbasis(features: Table, heights: FloatArray, penalty: float) -> FloatArray:
    """Return eigenvectors (d + 1, r) of Σ height [x, 1][x, 1]ᵀ + penalties.

    Fewer examples than columns span few directions; all others have the penalty alone.
    """
    width = features.shape[1] + 1
    span = np.eye(width, dtype=np.float32)
    if len(features) + 1 < width:
        constant = np.zeros((1, width), np.float32)
        constant[0, -1] = 1.0
        known = with_one(np.asarray(features))
        known = np.concatenate([constant, np.where(np.isfinite(known), known, 0.0)])
        span = np.linalg.qr(known.T.astype(np.float64))[0].astype(np.float32)
    total = np.zeros((span.shape[1], span.shape[1]))
    for part, block in blocks(features):
        found = with_one(block) @ span
        total += found.T @ (found * heights[part, None].astype(np.float32))
    charges = np.full(width, penalty)
    charges[-1] *= FREE
    total += span.T @ (span * charges[:, None])
    if not np.isfinite(total).all():
        raise InvalidInput("labelled_features holds NaN or infinite numbers; encode them again")
    return np.asarray(span @ np.linalg.eigh(total)[1].astype(np.float32))

"""Falling worths that are linear in the vectors: graph cut and log-determinants."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray
from asknext.strategies.kernels.centres import ROUNDING


class Likeness:
    """Give each unit vector its mean likeness to all, less `share` × that to known and picked.

    Likeness is (1 + cosine) / 2. Its sums are linear in the vector, so they need one pass.
    """

    def __init__(self, mean: FloatArray, known: FloatArray, share: float) -> None:
        self._share = share
        self._picks = np.empty((0, len(mean)), np.float32)
        self._aim = 0.5 * (mean - share * known.sum(axis=0, dtype=np.float64))
        self._base = 0.5 * (1.0 - share * len(known))

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the worth (b,) of these rows before any pick."""
        return self.exact(block)

    def pick(self, vector: FloatArray) -> None:
        """Count likeness to this vector (d,) against the others."""
        self._picks = np.concatenate([self._picks, vector[None, :]])
        self._aim = self._aim - 0.5 * self._share * vector
        self._base -= 0.5 * self._share

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return the worth (b,) with the picks after the first `since`."""
        alike = 0.5 * (1.0 + block @ self._picks[since:].T)
        return np.asarray(worth - self._share * alike.sum(axis=1, dtype=np.float64))

    def exact(self, block: FloatArray) -> FloatArray:
        """Return the worth (b,) in float64."""
        return np.asarray(np.einsum("ij,j->i", block, self._aim, dtype=np.float64) + self._base)

    def slack(self) -> float:
        """Return how far float32 may be off."""
        one = (self._picks.shape[1] + 8) * ROUNDING
        return one * self._share * (1.0 + len(self._picks)) + 1e-12


class Volume:
    """Give each vector x the factor, less one, by which it would raise det(I + Σ x xᵀ / noise).

    The sum runs over known and picked vectors. The factor less one is xᵀ (noise · I + Σ x xᵀ)⁻¹ x,
    kept up to date by rank-one updates.
    """

    def __init__(self, known: FloatArray, noise: float) -> None:
        columns = known.shape[1]
        wide = known.astype(np.float64)
        self._inverse = np.linalg.inv(wide.T @ wide + noise * np.eye(columns))
        self._steps = np.empty((0, columns), np.float32)
        self._largest = 1.0 / noise

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the worth (b,) of these rows before any pick."""
        return self.exact(block)

    def pick(self, vector: FloatArray) -> None:
        """Take this vector (d,) in."""
        step = self._inverse @ vector.astype(np.float64)
        step /= np.sqrt(1.0 + vector @ step)
        self._inverse -= np.outer(step, step)
        self._steps = np.concatenate([self._steps, step[None, :].astype(np.float32)])

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return the worth (b,) with the picks after the first `since`."""
        along = block @ self._steps[since:].T
        return np.asarray(worth - np.square(along).sum(axis=1, dtype=np.float64))

    def exact(self, block: FloatArray) -> FloatArray:
        """Return the worth (b,) in float64."""
        wide = block.astype(np.float64)
        return np.asarray(np.einsum("ij,ij->i", wide @ self._inverse, wide))

    def slack(self) -> float:
        """Return how far float32 may be off."""
        one = 2.0 * (self._steps.shape[1] + 8) * ROUNDING
        return float(one * self._largest * np.sqrt(1.0 + len(self._steps)) + 1e-12)

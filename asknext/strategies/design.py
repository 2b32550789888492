"""Design: choose what makes the errors on references small, one exact step after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray, Table, blocks
from asknext.core.curvature import with_one
from asknext.core.errors import InvalidInput

Square = npt.NDArray[np.float64]


def second_moment(features: Table, weights: FloatArray, name: str = "features") -> Square:
    """Return Σ weight [x, 1][x, 1]ᵀ (d + 1, d + 1) of (n, d) and (n,), block by block.

    Raises:
        InvalidInput: numbers that are not finite.
    """
    total = np.zeros((features.shape[1] + 1, features.shape[1] + 1))
    for part, block in blocks(features):
        wide = with_one(block)
        total += wide.T @ (wide * np.asarray(weights[part], np.float32)[:, None])
    if not np.isfinite(total).all():
        raise InvalidInput(f"{name} or what weighs it holds NaN or infinite numbers")
    return total


class Design:
    """Pick greedily what lowers tr(A⁻¹ M) most, with A ← A + w [x, 1][x, 1]ᵀ for each pick.

    A is what is known (`known`, invertible), M what matters (`moment`), w ≥ 0 what an answer
    tells (n,). The gain w xᵀA⁻¹MA⁻¹x / (1 + w xᵀA⁻¹x) of all candidates is kept up to date by
    one pass over the vectors for each pick; nothing of size n × d is held.
    """

    def __init__(self, features: Table, weights: FloatArray, known: Square, moment: Square) -> None:
        self._features = features
        self._weights = np.asarray(weights, np.float64)
        self._inverse = _even(np.linalg.inv(known))
        self._moment = moment
        self._leverage, self._gain = np.empty(len(weights)), np.empty(len(weights))
        self._free = np.ones(len(weights), bool)
        self._start()

    def _start(self) -> None:
        root = np.asarray(np.linalg.cholesky(_even(self._inverse)), np.float32)
        sandwich = _even(self._inverse @ self._moment @ self._inverse)
        values, vectors = np.linalg.eigh(sandwich)
        other = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)
        for part, block in blocks(self._features):
            wide = with_one(block)
            self._leverage[part] = np.square(wide @ root).sum(axis=1)
            self._gain[part] = np.square(wide @ other).sum(axis=1)

    @property
    def gains(self) -> FloatArray:
        """Return what each candidate would lower the trace by (n,); −inf for those picked."""
        found = self._weights * self._gain / (1.0 + self._weights * self._leverage)
        return np.where(self._free | ~np.isfinite(found), found, -np.inf)

    def take(self, row: int) -> None:
        """Pick a candidate, and bring the gains of all others up to date."""
        self._free[row] = False
        x = with_one(np.asarray(self._features[row : row + 1]))[0].astype(np.float64)
        weight = self._weights[row]
        u = self._inverse @ x
        v = self._inverse @ (self._moment @ u)
        scale = weight / (1.0 + weight * float(x @ u))
        inner = float(u @ self._moment @ u)
        for part, along, across in self._products(u, v):
            step = scale * along
            self._gain[part] += step * (step * inner - 2.0 * across)
            self._leverage[part] -= step * along
        self._inverse -= scale * np.outer(u, u)

    def _products(self, u: Square, v: Square) -> Iterator[tuple[slice, Square, Square]]:
        both = np.stack([u, v], axis=1).astype(np.float32)
        for part, block in blocks(self._features):
            found = np.asarray(block, np.float32) @ both[:-1] + both[-1]
            yield part, found[:, 0].astype(np.float64), found[:, 1].astype(np.float64)


def greedy(design: Design, k: int, luck: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return k rows and their gains, the largest gain first; `luck` (n,) decides exact ties."""
    rows, scores = np.empty(k, np.int64), np.empty(k)
    for i in range(k):
        gains = design.gains
        tied = np.flatnonzero(gains == gains.max())
        rows[i] = tied[luck[tied].argmax()]
        scores[i] = gains[rows[i]]
        design.take(int(rows[i]))
    return rows, scores


def _even(matrix: npt.NDArray[Any]) -> Square:
    return np.asarray((matrix + matrix.T) / 2.0, np.float64)

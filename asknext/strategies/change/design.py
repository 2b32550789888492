"""Design: choose what makes the errors on references small, one exact step after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray, Table, blocks
from asknext.core.curvature import with_one
from asknext.core.errors import InvalidInput
from asknext.strategies.ranking import top

Square = npt.NDArray[np.float64]

PROPOSED = 64  # candidates whose gain is reckoned in float64 before one is picked
TRUST = 1e-3  # relative error up to which float32 gains may propose
SAME = 1e-9  # relative difference below which two gains are a tie


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
    tells (n,). The gain is w xᵀA⁻¹MA⁻¹x / (1 + w xᵀA⁻¹x). That of all candidates is kept up to
    date in float32, by one pass over the vectors for each pick, and only proposes; the best of
    the proposed is found in float64, and where both differ all gains are reckoned anew.
    """

    def __init__(self, features: Table, weights: FloatArray, known: Square, moment: Square) -> None:
        self._features = features
        self._weights = np.asarray(weights, np.float64)
        self._inverse = _even(np.linalg.inv(known))
        self._moment = moment
        self._leverage, self._gain = np.empty(len(weights)), np.empty(len(weights))
        self._free = np.ones(len(weights), bool)
        self._renew()

    def _renew(self) -> None:
        values, vectors = np.linalg.eigh(self._inverse)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)
        values, vectors = np.linalg.eigh(_even(self._inverse @ self._moment @ self._inverse))
        other = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32)
        for part, block in blocks(self._features):
            wide = with_one(block)
            self._leverage[part] = np.square(wide @ root).sum(axis=1)
            self._gain[part] = np.square(wide @ other).sum(axis=1)

    def gains(self) -> FloatArray:
        """Return about what each candidate would lower the trace by (n,); −inf if picked."""
        found = self._weights * self._gain / (1.0 + self._weights * self._leverage)
        return np.where(self._free, found, -np.inf)

    def _exact(self, rows: IntArray) -> Square:
        wide = with_one(np.asarray(self._features[np.sort(rows)])).astype(np.float64)
        turned = wide @ self._inverse
        weights = self._weights[np.sort(rows)]
        leverage = np.einsum("ij,ij->i", turned, wide)
        gain = np.einsum("ij,ij->i", turned @ self._moment, turned)
        found = weights * gain / (1.0 + weights * leverage)
        return np.asarray(found[np.argsort(np.argsort(rows))])

    def best(self, luck: FloatArray, rng: np.random.Generator) -> tuple[int, float]:
        """Return the row of the largest gain, and the gain; `luck` (n,) decides ties."""
        for _ in range(2):
            about = self.gains()
            rows = top(about, PROPOSED, rng)
            rows = rows[self._free[rows]]
            exact = self._exact(rows)
            if (np.abs(exact - about[rows]) <= TRUST * exact).all():
                break
            self._renew()
        tied = np.flatnonzero(exact >= exact.max() * (1.0 - SAME))
        chosen = tied[luck[rows[tied]].argmax()]
        return int(rows[chosen]), float(exact[chosen])

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


def greedy(design: Design, k: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Return k rows and their gains, the largest gain first; ties by the generator."""
    rows, scores = np.empty(k, np.int64), np.empty(k)
    luck = rng.random(len(design.gains()))
    for i in range(k):
        rows[i], scores[i] = design.best(luck, rng)
        design.take(int(rows[i]))
    return rows, scores


def _even(matrix: npt.NDArray[Any]) -> Square:
    return np.asarray((matrix + matrix.T) / 2.0, np.float64)

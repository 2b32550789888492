"""Pairs: the similarities of all pairs in two bytes each, every pair once, as upper bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray

TILE = 1024
LEVELS = 65535.0
SUMMED = 256  # so many 16-bit numbers add up without rounding in float32
BLUNT = 2e-6  # share that a sum of so many may be off when they are weighted

Similarity = Callable[[FloatArray], FloatArray]
"""Turn cosines, in place where possible, into similarities in [0, 1], growing with the cosine."""

Words = npt.NDArray[np.uint16]


def rounded_down(similarity: FloatArray) -> Words:
    """Return similarities in 65535ths, rounded down."""
    return np.asarray(np.floor(np.clip(similarity, 0.0, 1.0) * LEVELS), np.uint16)


# All that is multiplied here is finite. BLAS kernels may still raise the flag for lanes whose
# results they drop: seen twice in some thousand runs.
_finite = np.errstate(invalid="ignore")


class Pairs:
    """Hold m × m similarities of points of unit length in m² bytes.

    They are rounded up to 65535ths, so that what is computed from them is an upper bound.
    """

    def __init__(self, points: FloatArray, similarity: Similarity) -> None:
        self._parts = [slice(i, min(i + TILE, len(points))) for i in range(0, len(points), TILE)]
        self._size = len(points)
        self._tiles: dict[tuple[int, int], Words] = {}
        # Room that is used again: fresh memory costs more than the arithmetic.
        self._words = np.empty(SUMMED * TILE, np.uint16)
        self._numbers = np.empty(SUMMED * TILE, np.float32)
        room = np.empty((TILE, TILE), np.float32)
        for i, mine in enumerate(self._parts):
            for j in range(i, len(self._parts)):
                other = self._parts[j]
                near = room[: mine.stop - mine.start, : other.stop - other.start]
                near = similarity(np.matmul(points[mine], points[other].T, out=near))
                self._tiles[i, j] = _rounded_up(near)

    @_finite
    def gains(self, covered: Words, weights: FloatArray) -> FloatArray:
        """Return Σ over points i of w_i · max(0, similarity(i, j) − covered_i) for each j (m,)."""
        light = weights.astype(np.float32)
        found = np.zeros(self._size)
        for (i, j), tile in self._tiles.items():
            mine, other = self._parts[i], self._parts[j]
            for start in range(0, len(tile), SUMMED):
                part = slice(mine.start + start, min(mine.start + start + SUMMED, mine.stop))
                some = tile[start : start + SUMMED]
                found[other] += light[part] @ self._over(some, covered[part, None])
                if i != j:
                    over = self._over(some, covered[other])
                    for first in range(0, over.shape[1], SUMMED):
                        few = slice(first, first + SUMMED)
                        found[part] += over[:, few] @ light[other][few]
        return np.asarray(found * (1.0 + _blunt(weights)) / LEVELS)

    def _over(self, tile: Words, low: Words) -> FloatArray:
        """Return what lies above `low`, as float32."""
        words = self._words[: tile.size].reshape(tile.shape)
        np.maximum(tile, low, out=words)
        words -= low
        numbers = self._numbers[: tile.size].reshape(tile.shape)
        numbers[...] = words
        return numbers

    @_finite
    def lost(self, before: Words, after: Words, weights: FloatArray) -> FloatArray:
        """Return by how much those gains (m,) fall, at least, as covered rises."""
        found = np.zeros(self._size)
        changed = after > before
        light = weights.astype(np.float32)
        for i, mine in enumerate(self._parts):
            rows = np.flatnonzero(changed[mine])
            for part in (rows[start : start + SUMMED] for start in range(0, len(rows), SUMMED)):
                low, high = before[mine][part], after[mine][part]
                for j, other in enumerate(self._parts):
                    found[other] += light[mine][part] @ self._risen(i, j, part, low, high)
        return np.asarray(found * (1.0 - _blunt(weights)) / LEVELS)

    def _risen(self, i: int, j: int, rows: IntArray, low: Words, high: Words) -> FloatArray:
        """Return what of [low, high] lies below the similarity, (rows, columns of tile j)."""
        tile, axis = (self._tiles[i, j], 0) if i <= j else (self._tiles[j, i], 1)
        shape = (len(rows), tile.shape[1]) if axis == 0 else (tile.shape[0], len(rows))
        words = self._words[: shape[0] * shape[1]].reshape(shape)
        tile.take(rows, axis, out=words, mode="clip")
        if axis == 0:
            low, high = low[:, None], high[:, None]
        np.maximum(words, low, out=words)
        np.minimum(words, high, out=words)
        words -= low
        numbers = self._numbers[: words.size].reshape(shape)
        numbers[...] = words
        return numbers if axis == 0 else numbers.T

    def above(self, row: int, covered: Words) -> IntArray:
        """Return all points i whose similarity to this one may be above covered_i."""
        i, place = divmod(row, TILE)
        near = [
            self._tiles[i, j][place] if i <= j else self._tiles[j, i][:, place]
            for j in range(len(self._parts))
        ]
        return np.flatnonzero(np.concatenate(near) > covered)


def _blunt(weights: FloatArray) -> float:
    """Return the share that sums may be off; whole numbers add up exactly."""
    return 0.0 if bool((weights == 1).all()) else BLUNT


def _rounded_up(similarity: FloatArray) -> npt.NDArray[Any]:
    similarity *= LEVELS
    np.ceil(similarity, out=similarity)
    np.clip(similarity, 0.0, LEVELS, out=similarity)
    return similarity.astype(np.uint16)

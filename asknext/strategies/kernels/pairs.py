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


class Pairs:
    """Hold m × m similarities of points of unit length in m² bytes.

    They are rounded up to 65535ths, so that what is computed from them is an upper bound.
    """

    def __init__(self, points: FloatArray, similarity: Similarity) -> None:
        self._parts = [slice(i, min(i + TILE, len(points))) for i in range(0, len(points), TILE)]
        self._size = len(points)
        self._tiles: dict[tuple[int, int], Words] = {}
        room = np.empty((TILE, TILE), np.float32)
        for i, mine in enumerate(self._parts):
            for j in range(i, len(self._parts)):
                other = self._parts[j]
                near = room[: mine.stop - mine.start, : other.stop - other.start]
                near = similarity(np.matmul(points[mine], points[other].T, out=near))
                self._tiles[i, j] = _rounded_up(near)

    def gains(self, covered: Words, weights: FloatArray) -> FloatArray:
        """Return Σ over points i of w_i · max(0, similarity(i, j) − covered_i) for each j (m,)."""
        found = np.zeros(self._size)
        for (i, j), tile in self._tiles.items():
            mine, other = self._parts[i], self._parts[j]
            low = covered[mine, None]
            found[other] += weights[mine] @ (np.maximum(tile, low) - low).astype(np.float64)
            if i != j:
                high = covered[other]
                found[mine] += (np.maximum(tile, high) - high).astype(np.float64) @ weights[other]
        return np.asarray(found / LEVELS)

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
        blunt = 0.0 if (weights == 1).all() else BLUNT
        return np.asarray(found * (1.0 - blunt) / LEVELS)

    def _risen(self, i: int, j: int, rows: IntArray, low: Words, high: Words) -> FloatArray:
        """Return what of [low, high] lies below the similarity, (rows, columns of tile j)."""
        if i <= j:
            tile = self._tiles[i, j].take(rows, 0, mode="clip")
            low, high = low[:, None], high[:, None]
        else:
            tile = self._tiles[j, i].take(rows, 1, mode="clip")
        np.maximum(tile, low, out=tile)
        np.minimum(tile, high, out=tile)
        tile -= low
        return tile.astype(np.float32) if i <= j else tile.astype(np.float32).T

    def above(self, row: int, covered: Words) -> IntArray:
        """Return all points i whose similarity to this one may be above covered_i."""
        i, place = divmod(row, TILE)
        near = [
            self._tiles[i, j][place] if i <= j else self._tiles[j, i][:, place]
            for j in range(len(self._parts))
        ]
        return np.flatnonzero(np.concatenate(near) > covered)


def _rounded_up(similarity: FloatArray) -> npt.NDArray[Any]:
    similarity *= LEVELS
    np.ceil(similarity, out=similarity)
    np.clip(similarity, 0.0, LEVELS, out=similarity)
    return similarity.astype(np.uint16)

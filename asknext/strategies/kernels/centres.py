"""Centres: the distance to the nearest of some vectors, and the points farthest from all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.lazy import lazy_greedy
from asknext.strategies.kernels.reading import Vectors, mean_of, squared_lengths, tile_height, tiles

ROUNDING = 2.0**-24  # of one float32 operation
PAIRS = 4096  # pairs whose distance is computed in float64 at a time


class Gaps:
    """Give each vector its squared distance to the nearest centre; a `Falling` worth."""

    def __init__(self, known: FloatArray) -> None:
        self._centres = np.array(known, np.float32)
        self._squares = squared_lengths(self._centres)
        self._used = self._known = len(known)
        self._largest = float(self._squares.max(initial=0.0))

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the squared distance (b,) of these rows to the nearest known; ∞ without any."""
        self._largest = max(self._largest, float(squares.max(initial=0.0)))
        return self._nearest(np.full(len(block), np.inf), block, squares, 0)

    def pick(self, vector: FloatArray) -> None:
        """Add a centre (d,)."""
        if self._used == len(self._centres):
            room = np.zeros((max(64, self._used), self._centres.shape[1]), np.float32)
            self._centres = np.concatenate([self._centres, room])
            self._squares = np.concatenate([self._squares, room[:, 0]])
        self._centres[self._used] = vector
        self._squares[self._used] = squared_lengths(vector[None, :])[0]
        self._used += 1

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return the squared distances (b,) with the picks after the first `since`."""
        return self._nearest(worth, block, squares, self._known + since)

    def exact(self, block: FloatArray) -> FloatArray:
        """Return the squared distances (b,) to all centres, computed in float64."""
        centres, near = self._centres[: self._used], 2 * self.slack()
        found = np.full(len(block), np.inf)
        for part in tiles(len(block), len(centres)):
            apart = self._squares[: self._used] - 2 * (block[part] @ centres.T)
            close = np.argwhere(apart <= apart.min(axis=1, keepdims=True) + near)
            for start in range(0, len(close), PAIRS):
                row, centre = close[start : start + PAIRS].T
                row = row + part.start
                np.minimum.at(found, row, _squared_gaps(block[row], centres[centre]))
        return found

    def slack(self) -> float:
        """Return how far float32 may be off."""
        return float(4.0 * (self._centres.shape[1] + 8) * ROUNDING * self._largest)

    def _nearest(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, start: int
    ) -> FloatArray:
        found = np.array(worth, np.float64)
        centres, half = self._centres[start : self._used], self._squares[start : self._used] / 2
        if not len(centres):
            return found
        # Room that is used again: fresh memory for each tile costs as much as the arithmetic.
        room = np.empty((tile_height(len(centres), len(block)), len(centres)), np.float32)
        for part in tiles(len(block), len(centres)):
            products = np.matmul(block[part], centres.T, out=room[: len(block[part])])
            products -= half
            closest = squares[part] - 2.0 * products.max(axis=1)
            np.minimum(found[part], closest, out=found[part])
        return found


def _squared_gaps(a: FloatArray, b: FloatArray) -> FloatArray:
    apart = np.asarray(a, np.float64) - b
    return np.asarray(np.einsum("ij,ij->i", apart, apart))


def farthest(
    table: Vectors,
    known: FloatArray,
    k: int,
    rng: np.random.Generator,
    *,
    left_out: int = 0,
) -> tuple[IntArray, FloatArray]:
    """Pick k rows one by one, each the farthest from the `known` (m, d) and the picks before.

    Returns the rows and their Euclidean distance then. Where nothing is known, the first is the
    row nearest to the mean. Before each pick the `left_out` farthest are passed over.

    >>> line = Vectors(np.array([[0.0], [1.0], [5.0], [9.0]]))
    >>> rows, gaps = farthest(line, np.array([[0.0]]), 3, np.random.default_rng(0))
    >>> rows.tolist(), gaps.tolist()
    ([3, 2, 1], [9.0, 4.0, 1.0])
    """
    if len(known) or not k or not len(table):
        rows, worth = lazy_greedy(table, Gaps(known), k, rng, left_out=left_out)
        return rows, np.sqrt(worth)
    start = central(table, rng)
    gaps = Gaps(table.rows(np.array([start])))
    # One more than is asked for, so that the score of the first does not depend on k.
    rows, worth = lazy_greedy(table, gaps, k, rng, left_out=left_out, taken=[start])
    rows = np.concatenate([[start], rows])[:k]
    return rows, np.sqrt(np.concatenate([worth[:1], worth, [0.0]])[: len(rows)])


def central(table: Vectors, rng: np.random.Generator) -> int:
    """Return the row nearest to the mean of all; `rng` decides ties."""
    mean = mean_of(table)
    apart = [np.square(vectors - mean).sum(axis=1) for vectors in _strips(table)]
    found = np.concatenate(apart)
    return int(rng.choice(np.flatnonzero(found <= found.min() * (1 + 1e-12))))


def _strips(table: Vectors) -> Iterator[FloatArray]:
    for block in table.blocks():
        for part in tiles(len(block.vectors), table.columns):
            yield block.vectors[part]

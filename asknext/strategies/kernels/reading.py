"""Reading: a table of vectors as checked float32, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from asknext.core import batch
from asknext.core.batch import FloatArray, IntArray, Table
from asknext.core.errors import InvalidInput

BLOCK = batch.BLOCK
PRODUCTS = 2**20  # numbers in one tile of products: 4 MiB stays in the processor's cache


class Block(NamedTuple):
    """Hold the rows `part` of a table (b, d) as float32, and their squared lengths (b,)."""

    part: slice
    vectors: FloatArray
    squares: FloatArray


class Vectors:
    """Read a table (n, d) as float32; raises InvalidInput where it is not finite.

    >>> table = Vectors(np.array([[3.0, 4.0], [0.0, 2.0]]))
    >>> len(table), table.columns, table.rows(np.array([1, 0])).tolist()
    (2, 2, [[0.0, 2.0], [3.0, 4.0]])
    >>> [block.squares.tolist() for block in table.blocks()]
    [[25.0, 4.0]]
    """

    def __init__(self, table: Table, name: str = "embedding") -> None:
        self._table = table
        self.name = name
        self.columns = int(table.shape[1])
        self._squares: FloatArray | None = None  # once the whole table has been checked

    def __len__(self) -> int:
        return len(self._table)

    def rows(self, index: IntArray) -> FloatArray:
        """Return these rows (r, d), read in ascending order as a memory map likes it."""
        order = np.argsort(index, kind="stable")
        found = np.empty((len(index), self.columns), np.float32)
        found[order] = self._table[np.asarray(index)[order]]
        return self._ready(found)[0]

    def blocks(self) -> Iterator[Block]:
        """Walk through the table; the first walk to its end checks it for all later ones."""
        squares = np.empty(len(self), np.float32) if self._squares is None else self._squares
        for part, found in batch.blocks(self._table, BLOCK):
            vectors = np.asarray(found, np.float32)
            if self._squares is None:
                vectors, squares[part] = self._ready(vectors)
            else:
                vectors = self._shown(vectors)
            yield Block(part, vectors, squares[part])
        self._squares = squares

    def _shown(self, found: FloatArray) -> FloatArray:
        """Turn rows of the table into the vectors that are read."""
        return found

    def _ready(self, found: FloatArray) -> tuple[FloatArray, FloatArray]:
        squares = squared_lengths(found)
        bad = np.count_nonzero(~np.isfinite(squares))
        if bad:
            raise InvalidInput(
                f"{self.name} holds NaN or infinite numbers in {bad} of the {len(found)} rows "
                "looked at; mend the encoder that made them"
            )
        return found, squares


class UnitVectors(Vectors):
    """Read a table likewise, its rows scaled to length 1; a zero vector stays zero.

    >>> UnitVectors(np.array([[3.0, 4.0]])).rows(np.array([0])).round(2).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """

    def _shown(self, found: FloatArray) -> FloatArray:
        return unit(found)

    def _ready(self, found: FloatArray) -> tuple[FloatArray, FloatArray]:
        found, squares = super()._ready(found)
        return unit(found), np.asarray(squares > 0, np.float32)


def squared_lengths(vectors: FloatArray) -> FloatArray:
    """Return the squared length (n,) of each row."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def squared_distances(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return the squared Euclidean distances (n, m) of points (n, d) to others (m, d), never < 0.

    >>> squared_distances(np.array([[0.0], [3.0]]), np.array([[1.0]])).tolist()
    [[1.0], [4.0]]
    """
    found = points @ others.T
    found *= -2.0
    found += squared_lengths(points)[:, None]
    found += squared_lengths(others)
    return np.asarray(np.maximum(found, 0.0, out=found))


def unit(vectors: FloatArray) -> FloatArray:
    """Return the rows (n, d) scaled to length 1; a zero row stays zero."""
    lengths = np.sqrt(squared_lengths(vectors))[:, None]
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))


def tiles(rows: int, columns: int) -> Iterator[slice]:
    """Cut `rows` so that one tile of products with `columns` others stays in the cache.

    >>> list(tiles(5, PRODUCTS // 2))
    [slice(0, 5, None)]
    """
    step = tile_height(columns, rows)
    for start in range(0, rows, step):
        yield slice(start, start + step)


def tile_height(columns: int, rows: int) -> int:
    """Return how many of the rows one tile holds, at least one."""
    return max(min(max(16, PRODUCTS // max(columns, 1)), rows), 1)


def mean_of(table: Vectors) -> FloatArray:
    """Return the mean (d,) of all rows, added up in float64."""
    total = np.zeros(table.columns)
    for block in table.blocks():
        total += block.vectors.sum(axis=0, dtype=np.float64)
    return np.asarray(total / max(len(table), 1))

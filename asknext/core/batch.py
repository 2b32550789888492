"""Batch: examples on their way into a model or an encoder, with what was computed for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.errors import NotReady
from asknext.core.examples import Example

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.int64]

BLOCK = 8192  # rows read at a time from a memory map: 12 MiB at 384 columns


class Rows:
    """Show chosen rows (and leading columns) of a large array as an array of its own.

    Nothing is copied until rows are asked for, so a memory map of millions of vectors can stand
    behind it. ``rows[i]`` takes what numpy takes on the first axis and returns an array.

    >>> table = Rows(np.arange(12.0).reshape(4, 3), np.array([2, 0]), columns=2)
    >>> table.shape, table[0].tolist(), np.asarray(table).tolist()
    ((2, 2), [6.0, 7.0], [[6.0, 7.0], [0.0, 1.0]])
    """

    def __init__(self, base: FloatArray, index: IntArray, columns: int | None = None) -> None:
        self.base = base
        self.index = index
        self.columns = base.shape[1] if columns is None else columns

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return (len(self.index), self.columns)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the numbers."""
        return self.base.dtype

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, rows: Any) -> FloatArray:
        where = self.index[rows]
        if isinstance(where, np.ndarray) and len(where) > 1:
            first, last = int(where[0]), int(where[-1])
            if last - first + 1 == len(where) and bool((np.diff(where) == 1).all()):
                return np.asarray(self.base[first : last + 1, : self.columns])
        return np.asarray(self.base[where, : self.columns])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        found = self[:]
        return found if dtype is None else found.astype(dtype)

    def take(self, rows: IntArray) -> Rows:
        """Return the sub-table of these rows, still without copying."""
        return Rows(self.base, self.index[rows], self.columns)

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[slice, FloatArray]]:
        """Walk through the table, `size` rows at a time."""
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            yield part, self[part]


Table = Rows | FloatArray


class Ragged:
    """Hold a run of rows for each of n examples: tokens of texts of different lengths.

    `values` (total, …) are all rows one after another; example i has those from ``offsets[i]`` to
    ``offsets[i + 1]``.

    >>> tokens = Ragged.of([[1.0, 2.0], [], [3.0]])
    >>> len(tokens), tokens[0].tolist(), tokens.lengths.tolist()
    (3, [1.0, 2.0], [2, 0, 1])
    >>> tokens.take(np.array([2, 0])).values.tolist()
    [3.0, 1.0, 2.0]
    """

    def __init__(self, values: FloatArray, offsets: IntArray) -> None:
        self.values = values
        self.offsets = offsets

    @classmethod
    def of(cls, runs: Sequence[Any]) -> Ragged:
        """Join the runs, each an array (length, …)."""
        arrays = [np.asarray(run) for run in runs]
        sizes = np.array([len(array) for array in arrays], np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        full = [array for array in arrays if len(array)]
        return cls(np.concatenate(full) if full else np.empty((0, *arrays[0].shape[1:])), offsets)

    @property
    def lengths(self) -> IntArray:
        """Return how many rows each example has (n,)."""
        return np.diff(self.offsets)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of `values`."""
        return self.values.shape

    @property
    def owner(self) -> IntArray:
        """Return the example (total,) that each row belongs to."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, example: int) -> FloatArray:
        return self.values[self.offsets[example] : self.offsets[example + 1]]

    def take(self, rows: IntArray) -> Ragged:
        """Return the runs of these examples."""
        sizes = self.lengths[rows]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        where = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], sizes)
        return Ragged(self.values[where], offsets)


def blocks(table: Table, size: int = BLOCK) -> Iterator[tuple[slice, FloatArray]]:
    """Walk through an array or Rows, `size` rows at a time."""
    if isinstance(table, Rows):
        yield from table.blocks(size)
        return
    for start in range(0, len(table), size):
        part = slice(start, min(start + size, len(table)))
        yield part, table[part]


@dataclass(frozen=True)
class Tokens:
    """Hold the tokens of n texts: a vector each, and where each stands in its text.

    `vectors` is Ragged (tokens, d); `places` is Ragged (tokens, 2), the first character and the
    one after the last (Unicode code points of the field ``text``), rising within a text.
    """

    vectors: Ragged
    places: Ragged

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True)
class Batch:
    """Give a model what it may need about n examples; the rest is fetched on first use.

    `vectors` has shape (n, d) where the encoder has been run; `load` returns the n examples and
    `load_tokens` their tokens.
    """

    size: int
    vectors: Table | None = None
    load: Callable[[], Sequence[Example]] | None = None
    load_tokens: Callable[[], Tokens] | None = None

    def __len__(self) -> int:
        return self.size

    @property
    def examples(self) -> Sequence[Example]:
        """Return the examples themselves; raises NotReady where none can be loaded."""
        if self.load is None:
            raise NotReady("this batch holds vectors only; a model that reads texts cannot use it")
        return self.load()

    def need_vectors(self) -> Table:
        """Return the vectors; raises NotReady where the encoder has not been run."""
        if self.vectors is None:
            raise NotReady("these examples have no vectors yet; encode them first")
        return self.vectors

    def need_tokens(self) -> Tokens:
        """Return the tokens; raises NotReady where the encoder has not been run on them."""
        if self.load_tokens is None:
            raise NotReady("these examples have no token vectors yet; encode them first")
        return self.load_tokens()

"""Weighted tables: show the rows of a large table scaled, or with one more column."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, Table
from asknext.strategies.kernels.reading import unit


class ScaledRows:
    """Show each row of a table (n, d) times a factor of its own (n,), as float32.

    >>> ScaledRows(np.eye(2), np.array([2.0, 3.0]))[np.array([1])].tolist()
    [[0.0, 3.0]]
    """

    def __init__(self, table: Table, factor: FloatArray) -> None:
        self._table = table
        self._factor = factor
        self.shape = (len(table), int(table.shape[1]))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> FloatArray:
        found = np.asarray(self._table[rows], np.float64) * self._factor[rows][:, None]
        return np.asarray(found, np.float32)


class UnitRowsWith:
    """Show the rows of a table (n, d) at length 1, with a last column (n,), as float32.

    >>> UnitRowsWith(np.array([[0.0, 2.0]]), np.array([0.5]))[np.array([0])].tolist()
    [[0.0, 1.0, 0.5]]
    """

    def __init__(self, table: Table, column: FloatArray) -> None:
        self._table = table
        self._column = column
        self.shape = (len(table), int(table.shape[1]) + 1)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> FloatArray:
        with np.errstate(invalid="ignore", over="ignore"):  # ∞ becomes NaN: the reader refuses it
            vectors = unit(np.asarray(self._table[rows], np.float32))
        column = np.asarray(self._column[rows], np.float32)[:, None]
        return np.concatenate([vectors, column], axis=1)

"""Parts: what the vectors of a prompt with two answers consist of, without copying a pool."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, Table
from asknext.core.errors import InvalidInput

BLOCKS = 3  # the prompt, with answer a, with answer b: what the encoder ``paired`` gives


class _Part:
    """Show columns made of a table as an array of its own; rows are made when asked for."""

    def __init__(self, table: Table) -> None:
        if table.shape[1] % BLOCKS:
            raise InvalidInput(
                f"vectors of {table.shape[1]} columns are not a prompt with two answers, three "
                "blocks of equal width; use an encoder such as paired:minilm"
            )
        self.table = table
        self.width = table.shape[1] // BLOCKS

    @property
    def shape(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        return (len(self.table), self.width)

    @property
    def ndim(self) -> int:
        """Return 2."""
        return 2

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the numbers."""
        return np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rows: Any) -> FloatArray:
        return self._of(np.asarray(self.table[rows], np.float32))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        found = self[:]
        return found if dtype is None else found.astype(dtype)

    def _of(self, rows: FloatArray) -> FloatArray:
        return rows[..., : self.width]


class Prompts(_Part):
    """Show the vectors (n, columns) of the prompts."""


class Differences(_Part):
    """Show what distinguishes the first from the second answer (n, columns).

    >>> Differences(np.array([[9.0, 3.0, 1.0]]))[:].tolist()
    [[2.0]]
    """

    def _of(self, rows: FloatArray) -> FloatArray:
        return np.asarray(rows[..., self.width : -self.width] - rows[..., -self.width :])

"""Pool: what the loop keeps in memory about every example of a project.

Rows are positions in the project's order of arrival; they never leave this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from asknext.core.batch import IntArray
from asknext.core.examples import POOL, Outline
from asknext.core.seeds import unit

BoolArray = npt.NDArray[np.bool_]

_MIX = np.uint64(0x9E3779B97F4A7C15)


class Pool:
    """Hold ids, content keys, duplicate groups and a fixed random order; grows with imports."""

    def __init__(self, seed: int) -> None:
        self.ids: list[str] = []
        self.keys: list[str] = []
        self.row_of: dict[str, int] = {}
        self.original: IntArray = np.empty(0, np.int64)
        self.near: IntArray = np.empty(0, np.int64)
        self.is_pool: BoolArray = np.empty(0, np.bool_)
        self.draw: npt.NDArray[np.float64] = np.empty(0)
        self.askable: BoolArray = np.empty(0, np.bool_)  # in the pool, and no copy of another
        self.sizes = self._counted()
        self._salt = np.uint64(int(unit(seed, "draw") * 2**64))

    def __len__(self) -> int:
        return len(self.ids)

    def extend(self, outlines: Sequence[Outline]) -> None:
        """Append newly imported examples, given by row without gaps."""
        for item in outlines:
            self.row_of[item.id] = item.row
            self.ids.append(item.id)
            self.keys.append(item.key)
        firsts = [self.row_of.get(o.copy_of or o.id, o.row) for o in outlines]
        groups = [self.row_of.get(o.near or o.id, o.row) for o in outlines]
        self.original = np.concatenate([self.original, np.array(firsts, np.int64)])
        self.near = np.concatenate([self.near, np.array(groups, np.int64)])
        in_pool = np.array([o.split == POOL for o in outlines], np.bool_)
        self.is_pool = np.concatenate([self.is_pool, in_pool])
        self.draw = np.concatenate([self.draw, self._draws(o.key for o in outlines)])
        self.askable = np.asarray(self.is_pool & (self.original == np.arange(len(self))))
        self.sizes = self._counted()

    def _counted(self) -> dict[str, int]:
        """Count once what only an import changes; the live status asks several times a second."""
        return {
            "examples": len(self),
            "pool": int(self.is_pool.sum()),
            "test": int((~self.is_pool).sum()),
            "copies": int((self.is_pool & ~self.askable).sum()),
            "near": int((self.near != np.arange(len(self))).sum()),
            "askable": int(self.askable.sum()),
        }

    def rows(self, ids: Iterable[str]) -> IntArray:
        """Return the row of each id."""
        return np.array([self.row_of[i] for i in ids], np.int64)

    def _draws(self, keys: Iterable[str]) -> npt.NDArray[np.float64]:
        # The content key is a uniform hash already: mixing in the seed is all that is missing.
        raw = bytes.fromhex("".join([key[:16] for key in keys]))
        bits = np.frombuffer(raw, ">u8").astype(np.uint64)
        with np.errstate(over="ignore"):
            bits = (bits ^ self._salt) * _MIX
            bits = (bits ^ (bits >> np.uint64(31))) * _MIX
        mixed: npt.NDArray[np.float64] = (bits ^ (bits >> np.uint64(29))).astype(np.float64)
        return mixed / 2.0**64

"""Buckets: a hash table in two numpy arrays, for millions of keys in a few megabytes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt32 = npt.NDArray[np.uint32]
Int32 = npt.NDArray[np.int32]

_SPREAD = np.uint32(2654435769)  # Knuth's multiplicative hashing: 2**32 / golden ratio
_FULLEST = 0.6


class Buckets:
    """Remember for each 32-bit key the row that came first: 8 bytes a place, open addressing.

    >>> table = Buckets()
    >>> table.claim(np.array([7, 9, 7], dtype=np.uint32), np.array([0, 1, 2], dtype=np.int32))
    array([0, 1, 0], dtype=int32)
    >>> table.claim(np.array([9, 8], dtype=np.uint32), np.array([3, 4], dtype=np.int32))
    array([1, 4], dtype=int32)
    """

    def __init__(self, bits: int = 12) -> None:
        self._bits = bits
        self._used = 0
        self._key: UInt32 = np.zeros(1 << bits, dtype=np.uint32)
        self._row: Int32 = np.full(1 << bits, -1, dtype=np.int32)

    def __len__(self) -> int:
        return self._used

    def claim(self, keys: UInt32, rows: Int32) -> Int32:
        """Return who holds each key (n,): its own row where it is the first to come."""
        while self._used + len(keys) > _FULLEST * len(self._row):
            self._grow()
        holders = self._place(keys, rows)
        self._used += int(np.count_nonzero(holders == rows))
        return holders

    def _grow(self) -> None:
        held = self._row >= 0
        keys, rows = self._key[held], self._row[held]
        self._bits += 1
        self._key = np.zeros(1 << self._bits, dtype=np.uint32)
        self._row = np.full(1 << self._bits, -1, dtype=np.int32)
        for start in range(0, len(keys), 1 << 16):
            self._place(keys[start : start + (1 << 16)], rows[start : start + (1 << 16)])

    def _place(self, keys: UInt32, rows: Int32) -> Int32:
        """Probe all keys at once, place after place, until each has met itself."""
        slots = ((keys * _SPREAD) >> np.uint32(32 - self._bits)).astype(np.int64)
        holders = np.full(len(keys), -1, dtype=np.int32)
        todo = np.arange(len(keys))
        while len(todo):
            at = slots[todo]
            # Of several keys in one free place numpy keeps the last written: the first to come.
            free = todo[self._row[at] < 0][::-1]
            self._key[slots[free]] = keys[free]
            self._row[slots[free]] = rows[free]
            met = self._key[at] == keys[todo]
            holders[todo[met]] = self._row[at[met]]
            todo = todo[~met]
            slots[todo] = (slots[todo] + 1) & (len(self._row) - 1)
        return holders

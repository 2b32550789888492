"""Find content keys among millions, in 32 bytes a key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput

SIZE = 16  # bytes of one key on disk

Words = npt.NDArray[np.uint64]


def pack(keys: Sequence[str]) -> bytes:
    """Turn n keys of 32 hex digits into 16 n bytes.

    >>> pack(["00112233445566778899aabbccddeeff"]).hex()
    '00112233445566778899aabbccddeeff'
    >>> pack(["short"])
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: 'short' is not a content key; allowed: 32 hex digits
    """
    wrong = next((key for key in keys if len(key) != 2 * SIZE), None)
    if wrong is None:
        try:
            packed = bytes.fromhex("".join(keys))
        except ValueError:
            packed = b""
        if len(packed) == SIZE * len(keys):
            return packed
        wrong = next(key for key in keys if not set(key.lower()) <= set("0123456789abcdef"))
    raise InvalidInput(f"{wrong!r} is not a content key; allowed: 32 hex digits")


class KeyIndex:
    """Map packed keys to their rows 0, 1, 2 …; where a key occurs twice, to the first.

    >>> index = KeyIndex(pack(["0" * 31 + "1", "0" * 31 + "2"]))
    >>> index.find(pack(["0" * 31 + "2", "f" * 32])).tolist()
    [1, -1]
    """

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        words = _words(packed)
        self._rows = np.argsort(words[:, 0], kind="stable")
        self._high = words[self._rows, 0]
        self._low = words[self._rows, 1]

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, packed: bytes) -> IntArray:
        """Return the row (n,) of each key, -1 where it is not there."""
        wanted = _words(packed)
        found = np.full(len(wanted), -1, np.int64)
        if not len(self):
            return found
        place = np.searchsorted(self._high, wanted[:, 0])
        # Two keys may share their first half: step on until the second half matches too.
        open_ = np.arange(len(wanted))
        while len(open_):
            open_ = open_[place[open_] < len(self)]
            open_ = open_[self._high[place[open_]] == wanted[open_, 0]]
            hit = self._low[place[open_]] == wanted[open_, 1]
            found[open_[hit]] = self._rows[place[open_[hit]]]
            open_ = open_[~hit]
            place[open_] += 1
        return found


def _words(packed: bytes) -> Words:
    return np.frombuffer(packed, dtype=">u8").astype(np.uint64).reshape(-1, 2)

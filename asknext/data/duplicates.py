"""Near duplicates: texts that share most of their shingles, found while they stream by."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from functools import lru_cache
from tempfile import SpooledTemporaryFile

import numpy as np
import numpy.typing as npt

from asknext.core.batch import IntArray
from asknext.data.buckets import Buckets
from asknext.data.minhash import (
    BANDS,
    HASHES,
    band_keys,
    jaccard,
    normalised,
    shingle_size,
    shingles,
    signatures,
)

SIMILAR = 0.85
_PROMISING = 0.68  # estimated by 63 hashes: 0.85 falls below it once in 20,000
_TRIES = 4
_IN_MEMORY = 32 << 20


class NearIndex:
    """Find for each text an earlier one with an exact Jaccard similarity of at least `SIMILAR`.

    Candidates share one of the bands of the MinHash signature; of a bucket only the first text
    is kept, so a text is compared with few others however many alike there are. Per text the
    index holds about 200 bytes; the texts themselves lie in a temporary file.

    Rows count the texts in order of `add`, from 0.

    Source: Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3.

    >>> index = NearIndex()
    >>> twice = "please cancel the order that I placed yesterday, number 5512, and refund me"
    >>> index.add([twice, "another text", twice.replace("please", "Please") + "!"]).tolist()
    [-1, -1, 0]
    """

    def __init__(self) -> None:
        self._bands = [Buckets() for _ in range(BANDS)]
        self._prints = np.empty((1024, HASHES), dtype=np.uint8)
        self._texts = _Shelf()
        self._shingles: Callable[[int, int], frozenset[str]] = lru_cache(512)(self._read)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, texts: Sequence[str]) -> IntArray:
        """Add n texts and return (n,) the row of an earlier similar one for each, -1 for none."""
        first = len(self)
        matches = np.full(len(texts), -1, dtype=np.int64)
        if not len(texts):
            return matches
        clean = [normalised(text) for text in texts]
        minima = signatures(clean)
        self._texts.extend(clean)
        self._keep_prints(first, minima)
        rows = np.arange(first, first + len(texts), dtype=np.int32)
        for row, candidates in self._candidates(rows, band_keys(minima)).items():
            matches[row - first] = self._verified(clean[row - first], candidates)
        return matches

    def _keep_prints(self, first: int, minima: npt.NDArray[np.uint32]) -> None:
        """Keep the lowest byte of every minimum: enough to estimate a similarity."""
        needed = first + minima.shape[1]
        if needed > len(self._prints):
            larger = np.empty((max(needed, 2 * len(self._prints)), HASHES), dtype=np.uint8)
            larger[:first] = self._prints[:first]
            self._prints = larger
        self._prints[first:needed] = minima.T

    def _candidates(
        self, rows: npt.NDArray[np.int32], keys: npt.NDArray[np.uint32]
    ) -> dict[int, list[int]]:
        """Return the promising earlier rows of each row that has any, the most similar first."""
        held = np.stack([table.claim(k, rows) for table, k in zip(self._bands, keys, strict=True)])
        band, place = np.nonzero(held != rows)
        pairs = np.unique(np.stack([rows[place], held[band, place]], axis=1), axis=0)
        if not len(pairs):
            return {}
        alike = (self._prints[pairs[:, 0]] == self._prints[pairs[:, 1]]).mean(axis=1)
        found: dict[int, list[int]] = {}
        for place in np.lexsort((pairs[:, 1], -alike, pairs[:, 0])):
            if alike[place] >= _PROMISING:
                found.setdefault(int(pairs[place, 0]), []).append(int(pairs[place, 1]))
        return found

    def _verified(self, text: str, candidates: list[int]) -> int:
        """Return the first of the candidates that really is similar, -1 where none is."""
        size = shingle_size(text)
        mine = shingles(text, size)
        for row in candidates[:_TRIES]:
            if jaccard(mine, self._shingles(row, size)) >= SIMILAR:
                return row
        return -1

    def _read(self, row: int, size: int) -> frozenset[str]:
        return shingles(self._texts[row], size)


class _Shelf:
    """Keep texts on disk, in memory while they are few."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the object
        self._ends = np.zeros(1024, dtype=np.int64)
        self._count = 0
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self._count

    def extend(self, texts: Sequence[str]) -> None:
        """Append texts."""
        packed = [text.encode("utf-8", "surrogatepass") for text in texts]
        needed = self._count + len(packed) + 1
        if needed > len(self._ends):
            self._ends = np.resize(self._ends, max(needed, 2 * len(self._ends)))
        lengths = np.cumsum([len(text) for text in packed])
        self._ends[self._count + 1 : needed] = self._ends[self._count] + lengths
        self._count += len(packed)
        self._file.seek(0, 2)
        self._file.write(b"".join(packed))

    def __getitem__(self, row: int) -> str:
        start, end = int(self._ends[row]), int(self._ends[row + 1])
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")

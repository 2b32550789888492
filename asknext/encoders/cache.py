"""The vectors of an encoder on disk: append-only, shared by all projects, safe under kill.

One folder per encoder holds ``vectors.f32`` (rows of little-endian float32), ``keys.bin``,
``meta.json`` and ``lock``; encoders/keyed.py says why nothing is ever lost or half there.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Encoder, Progress
from asknext.encoders.keyed import CHUNK, VERSION, Keyed, cut, extend, make_folder, mapped, size
from asknext.encoders.keys import SIZE, KeyIndex


def open_vectors(root: Path, encoder: Encoder) -> FileVectors:
    """Open, or make, the cache of this encoder under `root`.

    Raises:
        InvalidInput: the folder belongs to another encoder, or a newer asknext wrote it.
    """
    folder = make_folder(root, _meta(encoder), encoder.name, encoder.revision, encoder.dim)
    return FileVectors(folder, encoder.dim, encoder.sentence_dim)


def _meta(encoder: Encoder) -> dict[str, Any]:
    return {
        "version": VERSION,
        "name": encoder.name,
        "revision": encoder.revision,
        "dim": encoder.dim,
        "sentence_dim": encoder.sentence_dim,
    }


@dataclass(frozen=True)
class _Seen:
    """Be one consistent picture of the files; swapped as a whole, so threads may share it."""

    index: KeyIndex
    map: mmap.mmap | None
    table: FloatArray


class FileVectors(Keyed[Encoder, FloatArray]):
    """Keep vectors by content key in one folder; see `Vectors` for the contract."""

    def __init__(self, folder: Path, dim: int, sentence_dim: int, *, chunk: int = CHUNK) -> None:
        super().__init__(folder, chunk=chunk)
        self.dim = dim
        self.sentence_dim = sentence_dim
        self._vectors = folder / "vectors.f32"
        self._seen = _Seen(KeyIndex(b""), None, np.empty((0, dim), np.float32))
        self.refresh()

    def __len__(self) -> int:
        return len(self._seen.table)

    @property
    def table(self) -> FloatArray:
        """Return all rows (N, dim) as a read-only float32 memory map."""
        return self._seen.table

    @property
    def _index(self) -> KeyIndex:
        return self._seen.index

    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""
        seen = self._seen
        rows = self._complete()
        if rows > len(seen.table):
            index = KeyIndex(self._keys.read_bytes()[: rows * SIZE])
            self._seen = _Seen(index, *mapped(self._vectors, (len(index), self.dim), "<f4"))
        return len(self._seen.table)

    def drop_pages(self) -> None:
        """Give the memory of the pages read so far back; they are read again when needed."""
        if self._seen.map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._seen.map.madvise(mmap.MADV_DONTNEED)

    def _meta(self, encoder: Encoder) -> dict[str, Any]:
        return _meta(encoder)

    def _encoded(
        self, encoder: Encoder, examples: Sequence[Example], progress: Progress | None
    ) -> FloatArray:
        vectors = encoder.encode(examples, progress)
        if vectors.shape != (len(examples), self.dim):
            raise InvalidInput(
                f"the encoder gave an array of shape {vectors.shape} for {len(examples)} "
                f"examples; allowed: ({len(examples)}, {self.dim})"
            )
        if not np.isfinite(vectors).all():
            bad = examples[int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])]
            raise InvalidInput(f"the encoder gave NaN or infinity for the example {bad.id!r}")
        return vectors

    def _write(self, made: FloatArray, new: IntArray) -> None:
        extend(self._vectors, np.ascontiguousarray(made[new], dtype="<f4").data)

    def _complete(self) -> int:
        return min(size(self._keys) // SIZE, size(self._vectors) // (4 * self.dim))

    def _cut_leftovers(self) -> None:
        rows = self._complete()
        cut(self._vectors, rows * 4 * self.dim)
        cut(self._keys, rows * SIZE)

"""The vectors of an encoder on disk: append-only, shared by all projects, safe under kill.

One folder per encoder holds ``vectors.f32`` (rows of little-endian float32), ``keys.bin`` (16
bytes a row), ``meta.json`` and ``lock``. A block is written vectors first, flushed to the disk,
then keys: a row exists once both of its parts are complete, and what exists never changes. What
a killed writer left half written lies beyond the last complete row, where no reader looks, and
the next writer cuts it off.
"""

from __future__ import annotations

import json
import mmap
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Encoder, Progress
from asknext.encoders.keys import SIZE, KeyIndex, pack
from asknext.encoders.locking import exclusive

VERSION = 1
CHUNK = 2048  # most examples encoded between two writes
LETTERS = 1 << 18  # most characters: what a kill can cost is about half a minute of encoding


def open_vectors(root: Path, encoder: Encoder) -> FileVectors:
    """Open, or make, the cache of this encoder under `root`.

    Raises:
        InvalidInput: the folder belongs to another encoder, or a newer asknext wrote it.
    """
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{encoder.name}-{encoder.revision}-{encoder.dim}")
    folder = root / slug
    folder.mkdir(parents=True, exist_ok=True)
    _agree(folder / "meta.json", _meta(encoder))
    return FileVectors(folder, encoder.dim, encoder.sentence_dim)


def _meta(encoder: Encoder) -> dict[str, Any]:
    return {
        "version": VERSION,
        "name": encoder.name,
        "revision": encoder.revision,
        "dim": encoder.dim,
        "sentence_dim": encoder.sentence_dim,
    }


def _agree(path: Path, wanted: dict[str, Any]) -> None:
    if not path.exists():
        with exclusive(path.with_name("lock")):
            if not path.exists():
                _write_atomically(path, json.dumps(wanted, indent=2) + "\n")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(
            f"{path} is damaged ({error}); remove its folder to encode again"
        ) from error
    if found != wanted:
        raise InvalidInput(
            f"{path} describes {found}, the encoder is {wanted}; "
            "remove its folder to encode again, or use another folder"
        )


def _write_atomically(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True)
class _Seen:
    """Be one consistent picture of the files; swapped as a whole, so threads may share it."""

    index: KeyIndex
    map: mmap.mmap | None
    table: FloatArray


class FileVectors:
    """Keep vectors by content key in one folder; see `Vectors` for the contract.

    Several processes may `fill` at once: each encodes by itself and takes the lock only to
    append, leaving out what another has appended meanwhile. `chunk` is how many examples are
    encoded between two writes.
    """

    def __init__(self, folder: Path, dim: int, sentence_dim: int, *, chunk: int = CHUNK) -> None:
        self.folder = folder
        self.dim = dim
        self.sentence_dim = sentence_dim
        self.chunk = chunk
        self._vectors = folder / "vectors.f32"
        self._keys = folder / "keys.bin"
        self._seen = _Seen(KeyIndex(b""), None, np.empty((0, dim), np.float32))
        self.refresh()

    def __len__(self) -> int:
        return len(self._seen.table)

    @property
    def table(self) -> FloatArray:
        """Return all rows (N, dim) as a read-only float32 memory map."""
        return self._seen.table

    def find(self, keys: Sequence[str]) -> IntArray:
        """Return the row (n,) of each key, -1 where it is not there yet."""
        return self._seen.index.find(pack(keys))

    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""
        seen = self._seen
        rows = self._complete()
        if rows > len(seen.table):
            index = KeyIndex(self._keys.read_bytes()[: rows * SIZE])
            self._seen = _Seen(index, *self._map(len(index)))
        return len(self._seen.table)

    def drop_pages(self) -> None:
        """Give the memory of the pages read so far back; they are read again when needed."""
        if self._seen.map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._seen.map.madvise(mmap.MADV_DONTNEED)

    def fill(
        self,
        examples: Iterable[Example],
        encoder: Encoder,
        progress: Progress | None = None,
        total: int | None = None,
    ) -> int:
        """Encode what is missing, block by block; return how many rows were added.

        `progress` counts what was there already. Stopped at any moment, the next call goes on
        after the last complete block.

        Raises:
            InvalidInput: the encoder is not the one of this cache, or gave something other than
                finite vectors.
        """
        _agree(self.folder / "meta.json", _meta(encoder))
        added = done = 0
        for block in _blocks(examples, self.chunk):
            missing = self._missing(block)
            report = _shifted(progress, done + len(block) - len(missing), total)
            if missing:
                added += self._append(missing, encoder.encode(missing, report))
            done += len(block)
            if progress is not None:
                progress(done, max(done, total or 0))
        return added

    def _missing(self, block: Sequence[Example]) -> list[Example]:
        self.refresh()
        rows = self.find([example.key for example in block])
        fresh: dict[str, Example] = {}
        for example, row in zip(block, rows, strict=True):
            if row < 0:
                fresh.setdefault(example.key, example)
        return list(fresh.values())

    def _append(self, examples: Sequence[Example], vectors: FloatArray) -> int:
        self._check(examples, vectors)
        with exclusive(self.folder / "lock"):
            self._cut_leftovers()
            self.refresh()
            packed = pack([example.key for example in examples])
            new = np.flatnonzero(self._seen.index.find(packed) < 0)
            keys = np.frombuffer(packed, dtype=f"V{SIZE}")[new].tobytes()
            _extend(self._vectors, np.ascontiguousarray(vectors[new], dtype="<f4").data)
            _extend(self._keys, keys)
        self.refresh()
        return len(new)

    def _check(self, examples: Sequence[Example], vectors: FloatArray) -> None:
        if vectors.shape != (len(examples), self.dim):
            raise InvalidInput(
                f"the encoder gave an array of shape {vectors.shape} for {len(examples)} "
                f"examples; allowed: ({len(examples)}, {self.dim})"
            )
        if not np.isfinite(vectors).all():
            bad = examples[int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])]
            raise InvalidInput(f"the encoder gave NaN or infinity for the example {bad.id!r}")

    def _complete(self) -> int:
        return min(_size(self._keys) // SIZE, _size(self._vectors) // (4 * self.dim))

    def _cut_leftovers(self) -> None:
        rows = self._complete()
        for path, width in ((self._vectors, 4 * self.dim), (self._keys, SIZE)):
            if _size(path) > rows * width:
                os.truncate(path, rows * width)

    def _map(self, rows: int) -> tuple[mmap.mmap, FloatArray]:
        with self._vectors.open("rb") as file:
            pages = mmap.mmap(file.fileno(), rows * 4 * self.dim, access=mmap.ACCESS_READ)
        return pages, np.frombuffer(pages, dtype="<f4").reshape(rows, self.dim)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _extend(path: Path, data: bytes | memoryview) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _blocks(examples: Iterable[Example], most: int) -> Iterator[list[Example]]:
    block: list[Example] = []
    letters = 0
    for example in examples:
        block.append(example)
        letters += len(example.text)
        if len(block) >= most or letters >= LETTERS:
            yield block
            block, letters = [], 0
    if block:
        yield block


def _shifted(progress: Progress | None, before: int, total: int | None) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, max(before + done, total or 0))

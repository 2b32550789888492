"""What caches of vectors have in common: a folder of files that only grow, safe under kill.

Every block is written to the files of values first, then to ``keys.bin`` (16 bytes a text), each
flushed to the disk: a row exists once all of its parts are complete, and what exists never
changes. What a killed writer left half written lies beyond the last complete row, where no reader
looks, and the next writer cuts it off.
"""

from __future__ import annotations

import json
import mmap
import os
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Encoder, Progress
from asknext.encoders.keys import SIZE, KeyIndex, pack
from asknext.encoders.locking import exclusive

VERSION = 1
CHUNK = 2048  # most examples encoded between two writes
LETTERS = 1 << 18  # most characters: what a kill can cost is about half a minute of encoding

Kind = TypeVar("Kind", bound=Encoder)
Made = TypeVar("Made")


def make_folder(root: Path, meta: Mapping[str, Any], *parts: object) -> Path:
    """Open, or make, the folder of an encoder under `root`, named after these parts.

    Raises:
        InvalidInput: it belongs to another encoder, or a newer asknext wrote it.
    """
    folder = root / re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(map(str, parts)))
    folder.mkdir(parents=True, exist_ok=True)
    agree(folder / "meta.json", meta)
    return folder


def agree(path: Path, wanted: Mapping[str, Any]) -> None:
    """Write what an encoder is where nothing is written; raise InvalidInput where it differs."""
    if not path.exists():
        with exclusive(path.with_name("lock")):
            if not path.exists():
                _write_atomically(path, json.dumps(dict(wanted), indent=2) + "\n")
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


class Keyed(Generic[Kind, Made]):
    """Be a cache by content key; a subclass says which files of values there are.

    Several processes may `fill` at once: each encodes by itself and takes the lock only to
    append, leaving out what another has appended meanwhile. `chunk` is how many examples are
    encoded between two writes.
    """

    def __init__(self, folder: Path, *, chunk: int = CHUNK) -> None:
        self.folder = folder
        self.chunk = chunk
        self._keys = folder / "keys.bin"

    @property
    @abstractmethod
    def _index(self) -> KeyIndex:
        """Return the keys that have been seen so far."""

    @abstractmethod
    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""

    @abstractmethod
    def _meta(self, encoder: Kind) -> dict[str, Any]:
        """Describe an encoder as ``meta.json`` does."""

    @abstractmethod
    def _encoded(
        self, encoder: Kind, examples: Sequence[Example], progress: Progress | None
    ) -> Made:
        """Encode examples and check the result."""

    @abstractmethod
    def _write(self, made: Made, new: IntArray) -> None:
        """Append the values of these of the examples."""

    @abstractmethod
    def _cut_leftovers(self) -> None:
        """Cut off what lies beyond the last complete row."""

    def _key(self, example: Example) -> str:
        return example.key

    def find(self, keys: Sequence[str]) -> IntArray:
        """Return the row (n,) of each key, -1 where it is not there yet."""
        return self._index.find(pack(keys))

    def fill(
        self,
        examples: Iterable[Example],
        encoder: Kind,
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
        agree(self.folder / "meta.json", self._meta(encoder))
        added = done = 0
        for block in _blocks(examples, self.chunk):
            missing = self._missing(block)
            report = _shifted(progress, done + len(block) - len(missing), total)
            if missing:
                added += self._append(missing, self._encoded(encoder, missing, report))
            done += len(block)
            if progress is not None:
                progress(done, max(done, total or 0))
        return added

    def _missing(self, block: Sequence[Example]) -> list[Example]:
        self.refresh()
        keys = [self._key(example) for example in block]
        fresh: dict[str, Example] = {}
        for example, key, row in zip(block, keys, self.find(keys), strict=True):
            if row < 0:
                fresh.setdefault(key, example)
        return list(fresh.values())

    def _append(self, examples: Sequence[Example], made: Made) -> int:
        with exclusive(self.folder / "lock"):
            self._cut_leftovers()
            self.refresh()
            packed = pack([self._key(example) for example in examples])
            new = np.flatnonzero(self._index.find(packed) < 0)
            self._write(made, new)
            extend(self._keys, np.frombuffer(packed, dtype=f"V{SIZE}")[new].tobytes())
        self.refresh()
        return len(new)


def mapped(path: Path, shape: tuple[int, ...], kind: str) -> tuple[mmap.mmap | None, Any]:
    """Return the beginning of a file as a read-only array of this shape, and its pages."""
    if not shape[0]:
        return None, np.empty(shape, kind)
    with path.open("rb") as file:
        length = int(np.prod(shape)) * np.dtype(kind).itemsize
        pages = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ)
    return pages, np.frombuffer(pages, dtype=kind).reshape(shape)


def cut(path: Path, length: int) -> None:
    """Cut off what a file holds beyond this many bytes."""
    if size(path) > length:
        os.truncate(path, length)


def size(path: Path) -> int:
    """Return the bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def extend(path: Path, data: bytes | memoryview) -> None:
    """Append to a file and flush it to the disk."""
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

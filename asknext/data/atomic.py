"""Write files so that a reader sees the old one or the whole new one, never a half."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asknext.core.errors import InvalidInput


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; what was written there takes its place at the end.

    A file or a folder may be written. It is flushed to the disk before it is renamed; when the
    block raises it is removed and the old `path` stays as it was.

    Raises:
        InvalidInput: the folder of `path` does not exist, or a file would replace a folder.
    """
    if not path.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(path.parent)!r}; make it, or choose another")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        yield beside
        _flush_all(beside)
        _swap(beside, path)
    finally:
        _remove(beside)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _flush_all(path: Path) -> None:
    inside = [path, *path.rglob("*")] if path.is_dir() else [path]
    for file in inside:
        if file.is_file():
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())


def _swap(new: Path, path: Path) -> None:
    if path.is_dir() and not new.is_dir():
        raise InvalidInput(f"{str(path)!r} is a folder; give the name of a file")
    if new.is_dir() and path.exists():  # a folder cannot be renamed over a full one
        old = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
        path.rename(old)
        new.rename(path)
        _remove(old)
    else:
        new.replace(path)
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            path.unlink()

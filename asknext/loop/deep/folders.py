"""Folders of runs: written under a temporary name, renamed when complete, tidied when old."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from asknext.core.home import Home
from asknext.loop.written import ANSWERS

RECORD = "run.json"
UNFINISHED = ".tmp"


class RunFolder:
    """Name the places of one run.

    ``model`` is the model as its own `save` writes it; ``encoder`` the encoder made of it;
    ``answers`` what a generating model wrote. ``run.json`` says what it learnt from.
    """

    def __init__(self, home: Home, project: str, run: str) -> None:
        self.path = home.run(project, run)
        self.model = self.path / "model"
        self.encoder = self.path / "encoder"
        self.answers = self.path / ANSWERS
        self.draft = self.path.with_name(self.path.name + UNFINISHED)

    @property
    def complete(self) -> bool:
        """Say whether the training has been finished."""
        return (self.path / RECORD).exists()

    def record(self) -> dict[str, Any]:
        """Return what the run wrote about itself; empty where it is not complete."""
        if not self.complete:
            return {}
        found: dict[str, Any] = json.loads((self.path / RECORD).read_text(encoding="utf-8"))
        return found

    def begin(self) -> Path:
        """Return an empty draft folder; what an earlier attempt left half done is removed."""
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir(parents=True)
        return self.draft

    def finish(self, record: Mapping[str, Any]) -> None:
        """Give the draft its name; from now on the run is complete, even after a power cut."""
        text = json.dumps(record, ensure_ascii=False, indent=1)
        (self.draft / RECORD).write_text(text, encoding="utf-8")
        flush(self.draft)
        self.draft.rename(self.path)
        _flush_folder(self.path.parent)

    def drop(self) -> None:
        """Remove the run's files."""
        shutil.rmtree(self.draft, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)


def flush(folder: Path) -> None:
    """Write a folder's files to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_hash(folder: Path) -> str:
    """Digest the names and contents of a folder's files."""
    digest = blake2b(digest_size=16)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\x00")
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def tidy(home: Home, project: str, keep: Iterable[str]) -> list[str]:
    """Remove the folders of runs that are not in `keep`, half-written ones too; return which."""
    root = home.run(project, "x").parent
    wanted = set(keep)
    gone = []
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.is_dir() and path.name not in wanted:
            _drop_vectors(home, path)
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone


def _drop_vectors(home: Home, folder: Path) -> None:
    """Remove the vectors of a run's encoder: nobody else can have the same."""
    note = folder / "vectors.json"
    if note.exists():
        for name in json.loads(note.read_text(encoding="utf-8")):
            shutil.rmtree(home.vectors / Path(name).name, ignore_errors=True)

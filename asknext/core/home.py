"""Home: the folder where asknext keeps its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Name the places under one root: database, vectors, uploads, per-project files, secret."""

    root: Path

    @classmethod
    def find(cls, given: str | Path | None = None) -> Home:
        """Take the given folder, else ``ASKNEXT_HOME``, else ``~/.asknext``; make it."""
        root = Path(given or os.environ.get("ASKNEXT_HOME") or Path.home() / ".asknext")
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(root.resolve())

    @property
    def store_url(self) -> str:
        """Return ``ASKNEXT_STORE``, else the SQLite file in this folder."""
        return os.environ.get("ASKNEXT_STORE") or f"sqlite:///{self.root / 'asknext.db'}"

    @property
    def vectors(self) -> Path:
        """Return the folder of the vector caches, shared by all projects."""
        return self._folder("vectors")

    @property
    def uploads(self) -> Path:
        """Return the folder of files that came through the app and are not imported yet."""
        return self._folder("uploads")

    @property
    def secret(self) -> Path:
        """Return the file of the server's secret; it may not exist yet."""
        return self.root / "secret"

    def project(self, name: str) -> Path:
        """Return the folder of one project's files (a fitted encoder, rejected rows)."""
        return self._folder("projects", name)

    def run(self, project: str, run: str) -> Path:
        """Return the folder of one deep training of a project; it may not exist."""
        return self.root / "projects" / project / "runs" / run

    @property
    def devices(self) -> Path:
        """Return the folder of the locks that let one training at a time onto a device."""
        return self._folder("devices")

    def _folder(self, *parts: str) -> Path:
        folder = self.root.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

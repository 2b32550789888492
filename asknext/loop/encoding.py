"""Encoding a project: the slow part, resumable, usually in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from asknext.core import registry
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Encoder, Progress, Store, Vectors


def encoder_folder(home: Home, project: str) -> Path:
    """Return where a project's encoder is kept."""
    return home.project(project) / "encoder"


def walk(store: Store, project: str, after: int = -1) -> Iterator[Example]:
    """Yield the examples of a project in order, a block at a time."""
    while block := store.scan(project, after, 2000):
        for row, example in block:
            after = row
            yield example


def prepare_encoder(store: Store, home: Home, project: str) -> Encoder:
    """Return the project's encoder, fitting it first where it learns from the pool."""
    folder = encoder_folder(home, project)
    encoder: Encoder = registry.get("service", "encoder.resolve")(
        store.settings(project).encoder, lambda: walk(store, project), folder
    )
    encoder.save(folder)
    return encoder


def encode_project(store: Store, home: Home, project: str, progress: Progress | None = None) -> int:
    """Encode what has no vector yet; return the number of vectors added.

    It may be killed and started again at any time: finished blocks are kept.
    """
    encoder = prepare_encoder(store, home, project)
    vectors: Vectors = registry.get("service", "vectors.open")(home.vectors, encoder)
    total = len(store.outline(project))
    return vectors.fill(walk(store, project), encoder, progress, total)


def open_vectors(home: Home, project: str) -> Vectors | None:
    """Open the project's vectors for reading; None until its encoder has been prepared."""
    folder = encoder_folder(home, project)
    if not (folder / "encoder.json").exists():
        return None
    encoder = registry.get("service", "encoder.load")(folder)
    vectors: Vectors = registry.get("service", "vectors.open")(home.vectors, encoder)
    return vectors

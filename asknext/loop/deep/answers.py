"""Answers: what a generating model wrote about the pool, kept beside it by example id.

A model that writes takes seconds a text; so the process that trained it also lets it write, and
the loop reads what is there: drafts for the app, numbers for strategies. One pair of files per
block, numbers as ``.npz`` and texts as ``.json``, each written whole before it gets its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.examples import Example
from asknext.core.predictions import Prediction
from asknext.loop.deep.sides import Side

BLOCK = 32  # texts written between two files
KEPT = ("output", "sequence_logprob", "sequence_length")
"""Arrays (n,) that are kept, where the model provides them."""


def write_answers(
    folder: Path, side: Side, asked: Sequence[Example], told: Callable[[int, int], None]
) -> int:
    """Let the model answer what it has not answered yet; return how many are new."""
    folder.mkdir(parents=True, exist_ok=True)
    known = set(read_answers(folder).ids)
    missing = [example for example in asked if example.id not in known]
    done = len(asked) - len(missing)
    for start in range(0, len(missing), BLOCK):
        told(done + start, len(asked))
        block = missing[start : start + BLOCK]
        prediction = side.predict((), (), block)
        assert prediction is not None  # the block is not empty
        _write(folder, [example.id for example in block], prediction)
    told(len(asked), len(asked))
    return len(missing)


def _write(folder: Path, ids: list[str], prediction: Prediction) -> None:
    name = f"{len(list(folder.glob('*.json'))):05d}"
    arrays = {key: np.asarray(prediction.arrays[key]) for key in KEPT if key in prediction.arrays}
    texts = {key: list(map(str, a)) for key, a in arrays.items() if a.dtype == object}
    numbers: dict[str, Any] = {key: a for key, a in arrays.items() if a.dtype != object}
    with (folder / f"{name}.npz.tmp").open("wb") as file:
        np.savez(file, **numbers)
    (folder / f"{name}.npz.tmp").rename(folder / f"{name}.npz")
    draft = folder / f"{name}.json.tmp"
    with draft.open("w", encoding="utf-8") as text:
        json.dump({"ids": ids, **texts}, text, ensure_ascii=False)
        text.flush()
        os.fsync(text.fileno())
    draft.rename(folder / f"{name}.json")  # the block exists from here on


@dataclass(frozen=True)
class Answers:
    """Hold what a run's model wrote: `ids` (n,) and arrays (n,) by name."""

    ids: tuple[str, ...]
    arrays: dict[str, Any]


def read_answers(folder: Path) -> Answers:
    """Return all complete blocks, in the order of writing."""
    blocks = list(_blocks(folder))
    ids = tuple(id for found, _ in blocks for id in found)
    names = set.intersection(*(set(arrays) for _, arrays in blocks)) if blocks else set()
    joined = {name: np.concatenate([arrays[name] for _, arrays in blocks]) for name in names}
    return Answers(ids, joined)


def _blocks(folder: Path) -> Iterator[tuple[list[str], dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        ids = found.pop("ids")
        arrays: dict[str, Any] = {key: _objects(texts) for key, texts in found.items()}
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as numbers:
            arrays |= {key: numbers[key] for key in numbers.files}
        yield ids, arrays


def _objects(texts: Sequence[str]) -> Any:
    array = np.empty(len(texts), object)
    array[:] = texts
    return array

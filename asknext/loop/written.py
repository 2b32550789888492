"""Written: what a generating model wrote about the pool, kept beside it by example id.

A model that writes takes seconds a text; so the process that trained it also lets it write, and
the loop reads what is there: drafts for the app, numbers for strategies. One pair of files per
block, numbers as ``.npz`` and texts as ``.json``, each written whole before it gets its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray, Ragged
from asknext.core.errors import InvalidInput
from asknext.core.predictions import Prediction
from asknext.loop.space import Space

ANSWERS = "answers"  # folder of them in that of a run
KEPT = ("output", "sequence_logprob", "sequence_length")
"""Arrays (n,) that are kept, where the model provides them."""


@dataclass(frozen=True)
class Answers:
    """Hold what a run's model wrote: `ids` (n,) and arrays (n,) by name."""

    ids: tuple[str, ...]
    arrays: Mapping[str, Any]

    @cached_property
    def place(self) -> dict[str, int]:
        """Return where the answer to each example stands."""
        return {id: i for i, id in enumerate(self.ids)}


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
        arrays: dict[str, Any] = {key: np.array(t, object) for key, t in found.items()}
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as numbers:
            arrays |= {key: numbers[key] for key in numbers.files}
        yield ids, arrays


def write_block(
    folder: Path, ids: Sequence[str], prediction: Prediction, also: Iterable[str] = ()
) -> None:
    """Keep the answers to a block of examples, with the arrays (n, …) in `KEPT` and `also`."""
    name = f"{len(list(folder.glob('*.json'))):05d}"
    found = {key: prediction.arrays[key] for key in {*KEPT, *also} if key in prediction.arrays}
    arrays = {key: np.asarray(a) for key, a in found.items() if not isinstance(a, Ragged)}
    texts = {key: a.tolist() for key, a in arrays.items() if a.dtype == object}
    numbers: dict[str, Any] = {key: a for key, a in arrays.items() if a.dtype != object}
    with (folder / f"{name}.npz.tmp").open("wb") as file:
        np.savez(file, **numbers)
        file.flush()
        os.fsync(file.fileno())
    (folder / f"{name}.npz.tmp").rename(folder / f"{name}.npz")
    draft = folder / f"{name}.json.tmp"
    with draft.open("w", encoding="utf-8") as text:
        json.dump({"ids": list(ids), **texts}, text, ensure_ascii=False)
        text.flush()
        os.fsync(text.fileno())
    draft.rename(folder / f"{name}.json")  # the block exists from here on


@dataclass(frozen=True)
class Writer:
    """Answer with what has been written; a batch's vectors are the places of the answers."""

    answers: Answers
    name: ClassVar[str] = "written"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset(KEPT)
    tasks: ClassVar[frozenset[str]] = frozenset({"generation"})

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Writer | None = None,
        weights: FloatArray | None = None,
    ) -> Writer:
        """Return itself: it has learnt already."""
        return self

    def predict(self, batch: Batch) -> Prediction:
        """Return what was written about n examples."""
        at = np.asarray(batch.need_vectors())[:, 0].astype(np.int64)
        return Prediction((), {name: array[at] for name, array in self.answers.arrays.items()})


@dataclass(frozen=True)
class WrittenSpace(Space):
    """Be a space in which a model has written about some of the examples.

    `at` (n,) is the place of each pool row's answer, -1 where there is none.
    """

    answers: Answers
    at: IntArray

    @property
    def ready(self) -> Any:
        """Return what answers with what has been written."""
        return Writer(self.answers)

    def speaks(self, rows: IntArray) -> IntArray:
        """Keep the rows that have been written about."""
        rows = self.known(rows)
        return rows[self.at[rows] >= 0]

    def has(self, row: int) -> bool:
        """Say whether something has been written about a pool row."""
        return row < len(self.at) and bool(self.at[row] >= 0)

    def batch(self, rows: IntArray) -> Batch:
        """Wrap pool rows for the writer; raises InvalidInput where it wrote nothing about one."""
        if missing := int((self.at[rows] < 0).sum()):
            raise InvalidInput(
                f"the model has written nothing about {missing} of {len(rows)} examples; keep "
                "those that the space speaks of"
            )
        places = self.at[rows, None].astype(float)
        return Batch(len(rows), vectors=places, load=partial(self.load, rows))


def written_space(space: Space, answers: Answers, ids: Sequence[str]) -> WrittenSpace:
    """Let a model's answers take the place of its predictions; `ids` are those of the rows."""
    at = np.array([answers.place.get(id, -1) for id in ids[: len(space)]], np.int64)
    return WrittenSpace(space.caches, space.places, space.load, answers, at)

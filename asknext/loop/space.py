"""Space: where a project's examples lie, by the vectors of one encoder.

A space is a frozen picture: which row of the caches belongs to which row of the pool. When the
pool grows, or another encoder takes over, a new one takes its place as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from asknext.core import registry
from asknext.core.batch import Batch, FloatArray, IntArray, Rows, Tokens
from asknext.core.examples import Example, exact_key
from asknext.core.protocols import Encoder, Model, TokenVectors, Vectors

Load = Callable[[IntArray], Sequence[Example]]


@dataclass(frozen=True)
class Caches:
    """Be what is kept of one encoder: its vectors, and its tokens where the model reads them.

    `run` is the deep training that the encoder was made by, empty for the project's first one.
    `encoder` made them, and loads its weights when it is used for something else.
    """

    vectors: Vectors
    tokens: TokenVectors | None = None
    run: str = ""
    encoder: Encoder | None = None

    @cached_property
    def surprise(self) -> Callable[[Sequence[Example]], FloatArray] | None:
        """Return what says how surprised the encoder is by texts; None where it guesses no words.

        Found out once: it reads the files of the encoder, and every ranking asks.
        """
        if self.encoder is None:
            return None
        found: Callable[[Sequence[Example]], FloatArray] | None
        found = registry.get("service", "model.surprise")(self.encoder)
        return found

    def refresh(self) -> tuple[int, int]:
        """See what other processes have written; return how many rows each cache has."""
        return self.vectors.refresh(), 0 if self.tokens is None else self.tokens.refresh()

    def find(self, keys: Sequence[str], load: Callable[[], Sequence[Example]]) -> IntArray:
        """Return the rows (n, 2) of each example in both caches, -1 where there is none yet.

        `keys` are those of the examples, `load` reads these. Without tokens the second column is
        0: nothing is missing.
        """
        found = np.zeros((len(keys), 2), np.int64)
        found[:, 0] = self.vectors.find(keys)
        if self.tokens is not None:
            found[:, 1] = self.tokens.find([exact_key(example) for example in load()])
        return found


@dataclass(frozen=True)
class Space:
    """Be the place of each of n pool rows in the caches: `places` (n, 2), -1 where none yet.

    `load` reads the examples of pool rows.
    """

    caches: Caches
    places: IntArray
    load: Load

    def __len__(self) -> int:
        return len(self.places)

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Mask the rows that have all that a model may read (n,)."""
        return np.asarray((self.places >= 0).all(axis=1))

    def has(self, row: int) -> bool:
        """Say whether a pool row has all that a model may read."""
        return row < len(self.places) and bool((self.places[row] >= 0).all())

    def known(self, rows: IntArray) -> IntArray:
        """Keep the rows that have all that a model may read."""
        rows = rows[rows < len(self.places)]
        return rows[self.whole[rows]]

    @property
    def ready(self) -> Model | None:
        """Return the model that needs no fitting here, None where one has to be fitted."""
        return None

    def speaks(self, rows: IntArray) -> IntArray:
        """Keep the rows that the model can say something about."""
        return self.known(rows)

    def features(self, rows: IntArray) -> Rows:
        """Show the full vectors of these pool rows."""
        return Rows(self.caches.vectors.table, self.places[rows, 0])

    def sentences(self, rows: IntArray) -> Rows:
        """Show the sentence vectors of these pool rows."""
        vectors = self.caches.vectors
        return Rows(vectors.table, self.places[rows, 0], vectors.sentence_dim)

    def batch(self, rows: IntArray) -> Batch:
        """Wrap pool rows for a model."""
        tokens = None if self.caches.tokens is None else partial(self._tokens, rows)
        return Batch(
            len(rows),
            vectors=self.features(rows),
            load=partial(self.load, rows),
            load_tokens=tokens,
        )

    def _tokens(self, rows: IntArray) -> Tokens:
        assert self.caches.tokens is not None
        return self.caches.tokens.tokens(self.places[rows, 1])

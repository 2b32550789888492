"""Sides: what would answer people if it served, fitted to some labels and asked about others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from asknext.core.batch import Batch, FloatArray
from asknext.core.examples import Example
from asknext.core.predictions import Prediction
from asknext.core.protocols import Encoder, Model
from asknext.core.settings import Settings
from asknext.loop.encoding import fill
from asknext.loop.space import Caches, Space


class Side(Protocol):
    """Learn from some examples, predict others."""

    def predict(
        self, learn: Sequence[Example], labels: Sequence[Any], asked: Sequence[Example]
    ) -> Prediction | None:
        """Return what it says of the asked ones; None where it cannot say anything."""
        ...


@dataclass(frozen=True)
class Head:
    """Be the model that learns at once, over the vectors of an encoder."""

    settings: Settings
    encoder: Encoder
    caches: Caches

    def predict(
        self, learn: Sequence[Example], labels: Sequence[Any], asked: Sequence[Example]
    ) -> Prediction | None:
        """Fit it to the labels and ask it."""
        if not learn or not asked:
            return None
        task = self.settings.build_task()
        blank: Model = self.settings.build_model(task)
        model = blank.fit(self._batch(learn), labels, seed=self.settings.seed)
        return model.predict(self._batch(asked))

    def sentences(self, examples: Sequence[Example]) -> FloatArray:
        """Return the sentence vectors (n, d) of these examples."""
        vectors = self._batch(examples).need_vectors()
        return np.asarray(vectors[:])[:, : self.encoder.sentence_dim]

    def _batch(self, examples: Sequence[Example]) -> Batch:
        fill(self.caches, self.encoder, lambda: examples, None, len(examples))
        self.caches.refresh()
        places = self.caches.find([example.key for example in examples], lambda: examples)
        space = Space(self.caches, places, lambda rows: [examples[row] for row in rows])
        return space.batch(np.arange(len(examples)))


@dataclass(frozen=True)
class Whole:
    """Be a deep model that answers by itself; it has learnt already."""

    model: Model

    def predict(
        self, learn: Sequence[Example], labels: Sequence[Any], asked: Sequence[Example]
    ) -> Prediction | None:
        """Ask it."""
        return self.model.predict(Batch(len(asked), load=lambda: asked)) if asked else None

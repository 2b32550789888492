"""Learner: from labels and vectors to a serving model and a ranked queue.

Everything here is computed aside and handed over as one frozen `Serving`, so that whoever is
asking or answering meanwhile reads either the old one or the new one, never a mixture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.arrays import ARRAYS
from asknext.core.batch import Batch, FloatArray, IntArray, Rows
from asknext.core.picks import Pick
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model, Strategy, Vectors
from asknext.core.seeds import generator
from asknext.core.settings import Settings
from asknext.core.tasks import Task
from asknext.core.view import View
from asknext.loop.pool import Pool

QUEUE = 100  # picks ranked at a time; the queue is made anew long before they are used up


@dataclass(frozen=True)
class Labelled:
    """Be the labelled examples that have vectors: rows of the pool and their labels."""

    rows: IntArray
    ids: Sequence[str]
    labels: Sequence[Any]


@dataclass(frozen=True)
class Serving:
    """Be what answers requests until the next one is ready.

    `version` is the number of labels the model has seen; `look` predicts pool rows when somebody
    wants to know, for `placed` says which of them have a vector (-1: none). `queue` is in the
    order of asking. `temperature` calibrates what people are shown; ranking uses the
    probabilities as they are.
    """

    version: int
    seq: int
    model: Model | None
    look: Callable[[IntArray], Prediction] | None
    placed: IntArray
    queue: tuple[Pick, ...]
    made_at: float
    seconds: float
    state: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0

    def guesses(self, task: Task, rows: Sequence[int]) -> list[tuple[Any, float] | None]:
        """Return the model's answer to each of these examples and its probability, or None."""
        there = [row for row in rows if self._sees(row)]
        if self.look is None or not there:
            return [None] * len(rows)
        found = self.calibrated(self.look(np.array(there, np.int64)))
        pairs = zip(task.values(found), task.confidence(found), strict=True)
        guess = {row: (value, float(sure)) for row, (value, sure) in zip(there, pairs, strict=True)}
        return [guess.get(row) for row in rows]

    def guess(self, task: Task, row: int) -> tuple[Any, float] | None:
        """Return the model's answer to one example and its probability."""
        return self.guesses(task, [row])[0]

    def predict_row(self, row: int) -> Prediction | None:
        """Return the calibrated prediction about one example, None where there is none."""
        if self.look is None or not self._sees(row):
            return None
        return self.calibrated(self.look(np.array([row], np.int64)))

    def _sees(self, row: int) -> bool:
        return row < len(self.placed) and bool(self.placed[row] >= 0)

    def calibrated(self, prediction: Prediction) -> Prediction:
        """Return a prediction of this model as it may be shown to people."""
        if "proba" not in prediction.arrays:
            return prediction
        proba = tempered(prediction.proba, self.temperature)
        return Prediction(prediction.classes, {**prediction.arrays, "proba": proba})


def tempered(proba: FloatArray, temperature: float) -> FloatArray:
    """Return softmax(logits / temperature) of probabilities (n, c); 1 changes nothing.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.

    >>> tempered(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    if temperature == 1.0:
        return proba
    powered = (proba / proba.max(axis=1, keepdims=True)) ** (1.0 / temperature)
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


NOTHING = Serving(0, 0, None, None, np.empty(0, np.int64), (), 0.0, 0.0)


@dataclass
class Learner:
    """Fit the model and rank the candidates of one project.

    `described` makes arrays about the examples themselves, by name, for rows of the pool.
    """

    settings: Settings
    task: Task
    pool: Pool
    queue_size: int = QUEUE
    described: Mapping[str, Callable[[IntArray], Any]] = field(default_factory=dict)

    def table(self, vectors: Vectors, positions: IntArray, rows: IntArray) -> Rows:
        """Show the full vectors of these pool rows."""
        return Rows(vectors.table, positions[rows])

    def fit(
        self,
        vectors: Vectors,
        positions: IntArray,
        labelled: Labelled,
        init: Model | None = None,
    ) -> Model | None:
        """Fit the project's model; None while there is nothing to learn from."""
        if not len(labelled.rows):
            return None
        blank: Model = registry.get("model", self.settings.model_name)(self.task)
        batch = self.batch(vectors, positions, labelled.rows)
        return blank.fit(batch, labelled.labels, seed=self.settings.seed, init=init)

    def calibrated(
        self, model: Model, vectors: Vectors, positions: IntArray, labelled: Labelled
    ) -> Model:
        """Return the model with probabilities that mean what they say, where labels can show it.

        A model without a calibrator is returned as it is.
        """
        if self.settings.model_name not in registry.names("calibrator"):
            return model
        calibrate = registry.get("calibrator", self.settings.model_name)
        batch = self.batch(vectors, positions, labelled.rows)
        better: Model = calibrate(model, batch, labelled.labels, self.settings.seed)
        return better

    def batch(self, vectors: Vectors, positions: IntArray, rows: IntArray) -> Batch:
        """Wrap pool rows for a model."""
        return Batch(len(rows), vectors=self.table(vectors, positions, rows))

    def looking(
        self, model: Model | None, vectors: Vectors, positions: IntArray
    ) -> Callable[[IntArray], Prediction] | None:
        """Return what predicts pool rows with this model, None without one."""
        if model is None:
            return None
        return lambda rows: model.predict(self.batch(vectors, positions, rows))

    def rank(
        self,
        vectors: Vectors,
        positions: IntArray,
        candidates: IntArray,
        labelled: Labelled,
        pending: Sequence[str],
        model: Model | None,
        prediction: Prediction | None,
        where: IntArray,
        previous: Serving,
    ) -> tuple[tuple[Pick, ...], Mapping[str, Any]]:
        """Let the strategy order the candidates; return the queue and what it remembers."""
        wide = vectors.sentence_dim
        out = self.pool.rows(pending)
        out = out[positions[out] >= 0]
        arrays: dict[str, Any] = {
            "embedding": Rows(vectors.table, positions[candidates], wide),
            "pending_embedding": Rows(vectors.table, positions[out], wide),
            "features": self.table(vectors, positions, candidates),
            "near": self.pool.near[candidates],
            "pending_near": self.pool.near[out],
        }
        if len(labelled.rows):  # what needs labelled examples must not think that there are any
            known = positions[labelled.rows]
            arrays["labelled_embedding"] = Rows(vectors.table, known, wide)
            arrays["labelled_features"] = Rows(vectors.table, known)
        arrays |= {name: partial(make, candidates) for name, make in self.described.items()}
        if model is not None and prediction is not None:
            arrays |= _predicted(prediction, where[candidates], where[labelled.rows])
            arrays |= getattr(model, "parameters", {})
            arrays["committee_proba"] = lambda: self._committee(
                model, vectors, positions, labelled, candidates
            )
        view = View(
            list(map(self.pool.ids.__getitem__, candidates.tolist())),
            arrays=arrays,
            pending=[self.pool.ids[row] for row in out],
            labelled=labelled.ids,
            labels=labelled.labels,
            classes=prediction.classes if prediction is not None else (),
            state=previous.state,
            round=len(labelled.rows),
        )
        strategy = self._strategy(view)
        rng = generator(self.settings.seed, "select", len(labelled.rows))
        picks = strategy.select(view, min(self.queue_size, len(view)), rng)
        return tuple(picks), picks.state

    def _committee(
        self,
        model: Model,
        vectors: Vectors,
        positions: IntArray,
        labelled: Labelled,
        candidates: IntArray,
    ) -> FloatArray:
        """Return what a committee of models like this one says (members, n, c)."""
        votes: FloatArray = registry.get("service", "model.committee")(
            model,
            self.batch(vectors, positions, labelled.rows),
            labelled.labels,
            self.batch(vectors, positions, candidates),
            seed=self.settings.seed,
        )
        return votes

    def _strategy(self, view: View) -> Strategy:
        """Return the project's strategy; random while what it reads is not there yet."""
        chosen: Strategy = registry.get("service", "strategy.build")(self.settings.strategy)
        if chosen.needs <= view.provides:
            return chosen
        start: Strategy = registry.get("strategy", "random")()
        return start

    def serve(
        self,
        vectors: Vectors,
        positions: IntArray,
        *,
        scored: IntArray,
        candidates: IntArray,
        labelled: Labelled,
        pending: Sequence[str],
        previous: Serving,
        seq: int,
    ) -> Serving:
        """Fit, score the pool rows `scored`, rank `candidates`: the next Serving."""
        start = time.perf_counter()
        model = self.fit(vectors, positions, labelled, previous.model)
        prediction = None
        if model is not None:
            prediction = model.predict(self.batch(vectors, positions, scored))
        where = np.full(len(self.pool), -1, np.int64)
        where[scored] = np.arange(len(scored))
        queue, state = self.rank(
            vectors, positions, candidates, labelled, pending, model, prediction, where, previous
        )
        return Serving(
            version=len(labelled.rows),
            seq=seq,
            model=model,
            look=self.looking(model, vectors, positions),
            placed=positions,
            queue=queue,
            made_at=time.time(),
            seconds=time.perf_counter() - start,
            state=state,
            temperature=previous.temperature,
        )


def _predicted(prediction: Prediction, at: IntArray, labelled: IntArray) -> dict[str, Any]:
    """Supply what the model says of the candidates, and of the labelled where it was asked."""
    found: dict[str, Any] = {}
    for name, array in prediction.arrays.items():
        found[name] = partial(_rows, array, at)
        if f"labelled_{name}" in ARRAYS and bool((labelled >= 0).all()):
            found[f"labelled_{name}"] = partial(_rows, array, labelled)
    return found


def _rows(array: Any, rows: IntArray) -> Any:
    return array[rows]

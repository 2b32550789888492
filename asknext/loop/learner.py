"""Learner: from labels and vectors to a serving model and a ranked queue.

Everything here is computed aside and handed over as one frozen `Serving`, so that whoever is
asking or answering meanwhile reads either the old one or the new one, never a mixture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.arrays import ARRAYS, OPTIONAL
from asknext.core.batch import FloatArray, IntArray, Ragged
from asknext.core.errors import Unsupported
from asknext.core.picks import Pick
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model, Strategy
from asknext.core.seeds import generator
from asknext.core.settings import Settings
from asknext.core.tasks import Task
from asknext.core.view import View
from asknext.loop.describing import label_vectors
from asknext.loop.learnt import Learnt
from asknext.loop.pool import Pool
from asknext.loop.reading import sample_vectors, surprisal
from asknext.loop.space import Space
from asknext.loop.teaching import taught

COMMITTEES = frozenset({"committee_proba", "committee_mean", "committee_gap"})
MOST = {"tokens": 20_000, "examples": 2_000}  # candidates scored where a model reads these
QUEUE = 100  # picks ranked at a time; the queue is made anew long before they are used up


@dataclass(frozen=True)
class Labelled:
    """Be the labelled examples that have vectors: rows of the pool and their labels."""

    rows: IntArray
    ids: Sequence[str]
    labels: Sequence[Any]

    def at(self, places: IntArray) -> Labelled:
        """Return the labelled examples at these places."""
        kept = places.tolist()
        return Labelled(
            self.rows[places], [self.ids[i] for i in kept], [self.labels[i] for i in kept]
        )


@dataclass(frozen=True)
class Serving:
    """Be what answers requests until the next one is ready.

    `version` is the number of labels the model has seen, `space` where it sees the examples.
    `queue` is in the order of asking. `temperature` calibrates what people are shown; ranking
    uses the probabilities as they are.
    """

    version: int
    seq: int
    model: Model | None
    space: Space | None
    queue: tuple[Pick, ...]
    made_at: float
    seconds: float
    state: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0

    def warm(self, space: Space) -> Model | None:
        """Return the model to start from; None where it has learnt from other vectors."""
        if self.space is None or self.space.caches is not space.caches:
            return None
        return self.model if self.space.ready is space.ready is None else None

    def look(self, rows: IntArray) -> Prediction | None:
        """Predict pool rows as people may be shown it; None where there is no quick way.

        A model that reads the texts themselves takes seconds: nobody's request waits for it.
        """
        if self.model is None or self.space is None or "examples" in self.model.reads:
            return None
        return self.calibrated(self.model.predict(self.space.batch(rows)))

    def guesses(self, task: Task, rows: Sequence[int]) -> list[tuple[Any, float] | None]:
        """Return the model's answer to each of these examples and its probability, or None."""
        there = [row for row in rows if self.space is not None and self.space.has(row)]
        found = self.look(np.array(there, np.int64)) if there else None
        if found is None:
            return [None] * len(rows)
        pairs = zip(task.values(found), task.confidence(found), strict=True)
        guess = {row: (value, float(sure)) for row, (value, sure) in zip(there, pairs, strict=True)}
        return [guess.get(row) for row in rows]

    def guess(self, task: Task, row: int) -> tuple[Any, float] | None:
        """Return the model's answer to one example and its probability."""
        return self.guesses(task, [row])[0]

    def predict_row(self, row: int) -> Prediction | None:
        """Return the calibrated prediction about one example, None where there is none."""
        if self.space is None or not self.space.has(row):
            return None
        return self.look(np.array([row], np.int64))

    def calibrated(self, prediction: Prediction) -> Prediction:
        """Return a prediction of this model as it may be shown to people."""
        if "label_proba" in prediction.arrays:
            yes = np.asarray(prediction.array("label_proba"))
            sides = tempered(np.stack([yes, 1.0 - yes], axis=-1).reshape(-1, 2), self.temperature)
            arrays = {**prediction.arrays, "label_proba": sides[:, 0].reshape(yes.shape)}
            return Prediction(prediction.classes, arrays)
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


def _counted(queue: Sequence[Pick], there: int) -> tuple[Pick, ...]:
    """Say of each pick how many candidates it was drawn from; 0 `there`: from a part of them."""
    return tuple(replace(pick, left=max(there - i, 0)) for i, pick in enumerate(queue))


NOTHING = Serving(0, 0, None, None, (), 0.0, 0.0)


@dataclass
class Learner:
    """Fit the model and rank the candidates of one project.

    `described` makes arrays about the examples themselves, by name, for rows of the pool.
    `teachable` are the rows that the model may give pseudo-labels to and learn from; None where
    it learns from people alone. `learnt` says of a deep training what its vectors know, where its
    files are here.
    """

    settings: Settings
    task: Task
    pool: Pool
    queue_size: int = QUEUE
    described: Mapping[str, Callable[[IntArray], Any]] = field(default_factory=dict)
    teachable: IntArray | None = None
    learnt: Callable[[str], Learnt | None] = field(default=lambda run: None)

    def fit(self, space: Space, labelled: Labelled, init: Model | None = None) -> Model | None:
        """Fit the project's model; None while there is nothing to learn from."""
        if not len(labelled.rows) or space.ready is not None:
            return space.ready
        blank: Model = self.settings.build_model(self.task)
        rows, labels, seed = labelled.rows, labelled.labels, self.settings.seed
        model = blank.fit(space.batch(rows), labels, seed=seed, init=init)
        if self.teachable is None:
            return model
        return taught(model, blank, space, rows, labels, self.teachable, seed=seed, init=init)

    def calibrated(self, model: Model, space: Space, labelled: Labelled) -> Model:
        """Return the model with probabilities that mean what they say, where labels can show it.

        A model without a calibrator is returned as it is.
        """
        name, seed = self.settings.model_name, self.settings.seed
        if name not in registry.names("calibrator"):
            return model
        batch = space.batch(labelled.rows)
        how: dict[str, Any] = {}
        if self.teachable is not None:
            how["refit"] = lambda keep: self.fit(space, labelled.at(keep), init=model)
        learnt = self.learnt(space.caches.run) if space.caches.run else None
        if learnt is not None:
            how |= {"unseen": learnt.unseen(labelled.ids), "trial": learnt.trial}
        calibrate = registry.get("calibrator", name)
        better: Model = calibrate(model, batch, labelled.labels, seed, **how)
        return better

    def serve(
        self,
        space: Space,
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
        model = self.fit(space, labelled, previous.warm(space))
        candidates = space.speaks(candidates)
        there = len(candidates)
        scored, candidates = self._affordable(space, scored, candidates, labelled)
        guess = None if model is None else Guess(model, space, scored)
        queue, state = self.rank(space, candidates, labelled, pending, guess, previous.state)
        return Serving(
            version=len(labelled.rows),
            seq=seq,
            model=model,
            space=space,
            queue=_counted(queue, there if len(candidates) == there else 0),
            made_at=time.time(),
            seconds=time.perf_counter() - start,
            state=state,
            temperature=previous.temperature,
        )

    def _affordable(
        self, space: Space, scored: IntArray, candidates: IntArray, labelled: Labelled
    ) -> tuple[IntArray, IntArray]:
        """Keep as many rows as the model can score between two answers, a random part of them."""
        reads = registry.get("model", self.settings.model_name).reads
        most = min((MOST[part] for part in reads if part in MOST), default=len(self.pool))
        if len(candidates) <= most:
            return scored, candidates
        kept = np.sort(candidates[np.argsort(self.pool.draw[candidates])[:most]])
        return space.speaks(np.union1d(kept, labelled.rows)), kept

    def rank(
        self,
        space: Space,
        candidates: IntArray,
        labelled: Labelled,
        pending: Sequence[str],
        guess: Guess | None,
        state: Mapping[str, Any],
    ) -> tuple[tuple[Pick, ...], Mapping[str, Any]]:
        """Let the strategy order the candidates; return the queue and what it remembers."""
        out = space.known(self.pool.rows(pending))
        arrays = self._arrays(space, candidates, labelled, out)
        if guess is not None:
            arrays |= guess.arrays(candidates, labelled, out)
            arrays |= self._committee(guess, labelled, candidates)
        view = View(
            list(map(self.pool.ids.__getitem__, candidates.tolist())),
            arrays=arrays,
            pending=[self.pool.ids[row] for row in out],
            labelled=labelled.ids,
            labels=labelled.labels,
            classes=() if guess is None else guess.prediction.classes,
            state=state,
            round=len(labelled.rows),
        )
        strategy = self._strategy(view)
        rng = generator(self.settings.seed, "select", len(labelled.rows))
        picks = strategy.select(view, min(self.queue_size, len(view)), rng)
        return tuple(picks), picks.state

    def _arrays(
        self, space: Space, candidates: IntArray, labelled: Labelled, out: IntArray
    ) -> dict[str, Any]:
        """Supply what is known of the examples without any model."""
        arrays: dict[str, Any] = {
            "embedding": space.sentences(candidates),
            "pending_embedding": space.sentences(out),
            "features": space.features(candidates),
            "near": self.pool.near[candidates],
            "pending_near": self.pool.near[out],
            **label_vectors(self.task, space.caches),
        }
        if len(labelled.rows):  # what needs labelled examples must not think that there are any
            arrays["labelled_embedding"] = space.sentences(labelled.rows)
            arrays["labelled_features"] = space.features(labelled.rows)
        if space.caches.surprise is not None:
            arrays["surprisal"] = partial(surprisal, space, candidates)
        return arrays | {name: partial(make, candidates) for name, make in self.described.items()}

    def _committee(self, guess: Guess, labelled: Labelled, candidates: IntArray) -> dict[str, Any]:
        """Supply what a committee of models like this one says, where the model can have one."""
        shown: frozenset[str] = getattr(guess.model, "shows", frozenset())
        return {
            name: partial(self._votes, guess, labelled, candidates)
            for name in COMMITTEES & shown - guess.prediction.arrays.keys()
        }

    def _votes(self, guess: Guess, labelled: Labelled, candidates: IntArray) -> FloatArray:
        votes: FloatArray = registry.get("service", "model.committee")(
            guess.model,
            guess.space.batch(labelled.rows),
            labelled.labels,
            guess.space.batch(candidates),
            seed=self.settings.seed,
        )
        return votes

    def _strategy(self, view: View) -> Strategy:
        """Return the project's strategy; random while what it reads is not there yet."""
        chosen: Strategy = registry.get("service", "strategy.build")(self.settings.strategy)
        if chosen.needs <= view.provides:
            return chosen
        if never := sorted((chosen.needs & OPTIONAL) - view.provides):
            raise Unsupported(
                f"strategy {self.settings.strategy!r} needs {', '.join(never)}, which the encoder "
                f"{self.settings.encoder!r} does not give; choose a masked language model such "
                "as bert-base-uncased, or another strategy"
            )
        start: Strategy = registry.get("strategy", "random")()
        return start


class Guess:
    """Be what a model says of some pool rows."""

    def __init__(self, model: Model, space: Space, scored: IntArray) -> None:
        self.model = model
        self.space = space
        self.prediction = model.predict(space.batch(scored))
        self._where = np.full(len(space), -1, np.int64)
        self._where[scored] = np.arange(len(scored))

    def arrays(self, candidates: IntArray, labelled: Labelled, out: IntArray) -> dict[str, Any]:
        """Supply, by name, what the model says; an array is made when a strategy reads it."""
        at, learnt = self._where[candidates], self._where[labelled.rows]
        found: dict[str, Any] = dict(getattr(self.model, "parameters", {}))
        for name in self.prediction.arrays:
            found[name] = partial(self._said, name, at)
            if f"labelled_{name}" in ARRAYS and bool((learnt >= 0).all()):
                found[f"labelled_{name}"] = partial(self._said, name, learnt)
        if "samples" in found and self.space.caches.encoder is not None:
            found["sample_embedding"] = partial(self._sampled, found["samples"])
        for name in getattr(self.model, "describes", frozenset()):
            for prefix, rows in (("", candidates), ("labelled_", labelled.rows), ("pending_", out)):
                if f"{prefix}{name}" in ARRAYS:
                    found[f"{prefix}{name}"] = partial(self._described, name, rows)
        return found

    def _said(self, name: str, rows: IntArray) -> Any:
        array = self.prediction.arrays[name]
        return array.take(rows) if isinstance(array, Ragged) else array[rows]

    def _sampled(self, samples: Callable[[], Any]) -> FloatArray:
        assert self.space.caches.encoder is not None
        return sample_vectors(self.space.caches.encoder, samples())

    def _described(self, name: str, rows: IntArray) -> Any:
        return self.model.describe(name, self.space.batch(rows))  # type: ignore[attr-defined]

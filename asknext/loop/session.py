"""Session: the loop itself. Ask, tell, train, measure, stop.

A session keeps nothing that is not in the store's events or in the vector cache: a new one over
the same store continues where the last one was killed. Any number of threads may ask and tell
while one trains; other processes on the same store are seen at the next call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput
from asknext.core.events import ACTIONS, ANSWERED, LABEL, MEASURED, RETRACTED, Draft, Event
from asknext.core.examples import TEST, Example
from asknext.core.home import Home
from asknext.core.predictions import Prediction
from asknext.core.protocols import Store, Vectors
from asknext.loop import exporting, measuring, reports
from asknext.loop.asking import Asker
from asknext.loop.encoding import open_vectors
from asknext.loop.learner import NOTHING, QUEUE, Labelled, Learner, Serving
from asknext.loop.measuring import Quality
from asknext.loop.pool import Pool
from asknext.loop.state import State

Clock = Callable[[], float]


@dataclass(frozen=True)
class Question:
    """Be one example put to one annotator, with what they may be shown about it."""

    example: Example
    suggestion: tuple[Any, float] | None
    reason: str
    score: float
    strategy: str
    model: int
    expires: float

    def to_json(self) -> dict[str, Any]:
        """Return what the app receives; it never says which arm a question belongs to."""
        value, confidence = self.suggestion or (None, None)
        return {
            "id": self.example.id,
            "fields": dict(self.example.fields),
            "meta": dict(self.example.meta),
            "suggestion": None
            if self.suggestion is None
            else {"value": value, "confidence": confidence},
            "reason": self.reason,
            "score": self.score,
            "strategy": self.strategy,
            "model": self.model,
            "expires": self.expires,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """Say what became of an answer: its event, and whether it is new or a harmless repeat."""

    event: Event
    fresh: bool


class Session:
    """Run the loop over one project of a store.

    `vectors` replaces the project's vector cache, `clock` the time of day, `queue_size` the
    number of picks ranked at a time.
    """

    def __init__(
        self,
        store: Store,
        project: str,
        home: Home,
        *,
        vectors: Vectors | None = None,
        clock: Clock = time.time,
        queue_size: int = QUEUE,
    ) -> None:
        self.store = store
        self.project = project
        self.home = home
        self.clock = clock
        self.settings = store.settings(project)
        self.task = self.settings.build_task()
        self.pool = Pool(self.settings.seed)
        self.state = State()
        self.vectors = vectors
        self.positions: IntArray = np.empty(0, np.int64)
        self.serving: Serving = NOTHING
        self.queue_size = queue_size
        self._asker = Asker(self)
        self.lock = threading.RLock()
        self._training = threading.Lock()
        self._encoded = -1
        self._compared: Prediction | None = None
        self._compared_rows: IntArray = np.empty(0, np.int64)
        self._gold: dict[str, Any] | None = None
        self.sync()

    # -- the facts -------------------------------------------------------------------------

    def sync(self) -> None:
        """Fold in what is new in the store: settings, examples, events."""
        with self.lock:
            new = self.store.outline(self.project, len(self.pool) - 1)
            if new:
                self.pool.extend(new)
                self._gold = None
            events = self.store.events(self.project, self.state.seq)
            if any(event.kind == "settings" for event in events):
                self.settings = self.store.settings(self.project)
                self.task = self.settings.build_task()
            self.state.fold(events)

    def _fold(self, event: Event) -> None:
        with self.lock:
            if event.seq == self.state.seq + 1:
                self.state.fold([event])
            elif event.seq > self.state.seq:
                self.state.fold(self.store.events(self.project, self.state.seq))

    @property
    def dirty(self) -> bool:
        """Say whether the serving model is behind what has been told, imported or encoded."""
        if self.vectors is None:
            self.vectors = open_vectors(self.home, self.project)
        size = -1 if self.vectors is None else self.vectors.refresh()
        return size != self._encoded or self.state.seq_labels != self.serving.seq

    # -- ask and tell ----------------------------------------------------------------------

    def ask(self, k: int = 1, who: str = "me", *, holding: Sequence[str] = ()) -> list[Question]:
        """Return up to `k` questions for `who`, besides those they are `holding`.

        First what they hold already, then what is ranked. Asking twice is harmless.
        """
        if k < 1:
            raise InvalidInput(f"k must be at least 1; given: {k}")
        with self.lock:
            self.sync()
        leases = self._asker.lease(k, who, set(holding))
        examples = self.store.examples(self.project, [lease.example for lease in leases])
        return [_question(examples[lease.example], lease) for lease in leases]

    def tell(
        self,
        example: str,
        value: Any = None,
        *,
        who: str = "me",
        action: str = LABEL,
        seconds: float | None = None,
        note: str = "",
        key: str | None = None,
        suggested: bool = False,
    ) -> Told:
        """Store one answer. A correction is a new answer; the same `key` twice is stored once.

        Raises:
            NotFound: no such example.
            InvalidAnswer: a value the task does not allow.
            InvalidInput: an unknown action.
        """
        if action not in ACTIONS:
            raise InvalidInput(f"action is {action!r}; allowed: {', '.join(ACTIONS)}")
        row = self._row(example)
        if not self.state.question(example, who):
            self.sync()  # asked a moment ago, or by another process
        serving = self.serving
        guess = serving.guess(self.task, row)
        data = {
            "action": action,
            "value": self.task.validate(value) if action == LABEL else None,
            "seconds": seconds,
            "note": note,
            "arm": self.state.arm(example, who),
            "suggested": suggested,
            "model": serving.version,
            "predicted": None if guess is None else guess[0],
            "confidence": None if guess is None else guess[1],
        }
        return self._append(ANSWERED, example, who, data, key)

    def retract(self, example: str, *, who: str = "me", key: str | None = None) -> Told:
        """Take the current answer back and hold the question for `who` again."""
        self._row(example)
        told = self._append(RETRACTED, example, who, {}, key)
        self._asker.hold_again(example, who)
        return told

    def release(self, who: str, ids: Sequence[str]) -> None:
        """Give questions back unanswered."""
        self.store.release(self.project, who, list(ids))

    def _append(
        self, kind: str, example: str, who: str, data: dict[str, Any], key: str | None
    ) -> Told:
        draft = Draft(kind=kind, at=self.clock(), who=who, example=example, data=data, key=key)
        done = self.store.append(self.project, [draft])[0]
        self._fold(done.event)
        return Told(done.event, done.fresh)

    def _row(self, example: str) -> int:
        row = self.pool.row_of.get(example)
        if row is None:
            self.store.examples(self.project, [example])  # raises NotFound, or it is just new
            self.sync()
            row = self.pool.row_of[example]
        return row

    # -- learn -----------------------------------------------------------------------------

    def train(self) -> bool:
        """Fold in all that is new, refit, re-rank and swap; False where nothing was new.

        Call it off the request path; others may ask and tell meanwhile. The last serving model
        stays when an error is raised.
        """
        with self._training:
            self.sync()
            if not self.dirty or self.vectors is None:
                return False
            self._locate()
            labelled, seq = self.labelled()
            leases = self.store.leases(self.project, self.clock())
            pending = [lease.example for lease in leases]
            with self.lock:
                candidates = self._asker.candidates(pending)
            self.serving = self.learner.serve(
                self.vectors,
                self.positions,
                scored=np.flatnonzero(self.pool.askable & (self.positions >= 0)),
                candidates=candidates,
                labelled=labelled,
                pending=pending,
                previous=self.serving,
                seq=seq,
            )
            self._measure_if_due(labelled)
            return True

    @property
    def learner(self) -> Learner:
        """Return the fitting and ranking part with the current settings."""
        return Learner(self.settings, self.task, self.pool, self.queue_size)

    def _locate(self) -> None:
        """Find each example's row in the vector table; only those without one are looked up."""
        assert self.vectors is not None
        size = self.vectors.refresh()
        with self.lock:
            known = np.full(len(self.pool), -1, np.int64)
            known[: len(self.positions)] = self.positions
            missing = np.flatnonzero(known < 0)
            if len(missing) and size != self._encoded:
                known[missing] = self.vectors.find([self.pool.keys[row] for row in missing])
            self.positions = known
            self._encoded = size

    def labelled(self) -> tuple[Labelled, int]:
        """Return the labelled pool examples that have vectors, by row, and the state's seq."""
        with self.lock:
            labels = self.state.labels
            seq = self.state.seq_labels
            rows = np.sort(self.pool.rows(labels))
            rows = rows[(self.positions[rows] >= 0) & self.pool.is_pool[rows]]
            ids = [self.pool.ids[row] for row in rows]
            return Labelled(rows, ids, [labels[example] for example in ids]), seq

    # -- measure ---------------------------------------------------------------------------

    def _measure_if_due(self, labelled: Labelled) -> None:
        last = int(self.state.measured[-1]["answers"]) if self.state.measured else 0
        if len(labelled.rows) >= measuring.next_checkpoint(last):
            self._calibrate(labelled)
            self._record(labelled, self._qualities(labelled))

    def _calibrate(self, labelled: Labelled) -> None:
        model = self.serving.model
        if model is None or self.vectors is None:
            return
        better = self.learner.calibrated(model, self.vectors, self.positions, labelled)
        calibration = getattr(better, "calibration", None)
        if calibration is not None:
            self.serving = replace(self.serving, temperature=calibration.temperature)

    def measure(self) -> Quality | None:
        """Estimate the quality now, keep it as an event, return it; None where it cannot be."""
        with self._training:
            self.sync()
            labelled, _ = self.labelled()
            control, test = self._qualities(labelled)
            if control is not None or test is not None:
                self._record(labelled, (control, test))
            return test or control

    def _qualities(self, labelled: Labelled) -> tuple[Quality | None, Quality | None]:
        model = self.serving.model
        if model is None or self.vectors is None:
            return None, None
        control = measuring.cross_fitted(
            self.learner, self.vectors, self.positions, labelled, self._control_ids()
        )
        rows, gold = self.test_rows()
        test = measuring.on_test(
            self.task, model, self.learner, self.vectors, self.positions, rows, gold
        )
        return control, test

    def _control_ids(self) -> list[str]:
        with self.lock:
            return self.state.control_ids()

    def test_rows(self) -> tuple[IntArray, list[Any]]:
        """Return the test examples that have a known answer and a vector."""
        if self._gold is None:
            rows = np.flatnonzero(~self.pool.is_pool)
            found = self.store.examples(self.project, [self.pool.ids[row] for row in rows])
            self._gold = {
                example.id: example.gold
                for example in found.values()
                if example.split == TEST and example.gold is not None
            }
        rows = self.pool.rows(self._gold)
        rows = np.sort(rows[self.positions[rows] >= 0])
        return rows, [self._gold[self.pool.ids[row]] for row in rows]

    def _record(self, labelled: Labelled, qualities: tuple[Quality | None, Quality | None]) -> None:
        control, test = qualities
        rows, now = self._stop_set_prediction()
        # While vectors are still coming in the set grows; only like is compared with like.
        same = np.array_equal(rows, self._compared_rows)
        kappa = measuring.agreement(self.task, self._compared if same else None, now)
        self._compared_rows, self._compared = rows, now
        data = {
            "answers": len(labelled.rows),
            "model": self.serving.version,
            "minutes": self.state.seconds / 60.0,
            "agreement": None if np.isnan(kappa) else kappa,
            **({} if control is None else _numbers(control)),
            "test": None if test is None else test.to_json(),
        }
        draft = Draft(kind=MEASURED, at=self.clock(), data=data)
        self._fold(self.store.append(self.project, [draft])[0].event)

    def _stop_set_prediction(self) -> tuple[IntArray, Prediction | None]:
        model = self.serving.model
        if model is None or self.vectors is None:
            return np.empty(0, np.int64), None
        rows = np.flatnonzero(self.pool.askable & (self.positions >= 0))
        rows = np.sort(rows[np.argsort(self.pool.draw[rows])[: measuring.STOP_SET]])
        return rows, model.predict(self.learner.batch(self.vectors, self.positions, rows))

    # -- read ------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Count examples and answers."""
        with self.lock:
            return reports.counts(self)

    def status(self) -> dict[str, Any]:
        """Return the live status."""
        with self.lock:
            return reports.status(self)

    def report(self) -> dict[str, Any]:
        """Return everything that the dashboard shows."""
        with self.lock:
            return reports.report(self)

    def why(self, example: str) -> dict[str, Any]:
        """Explain a question: score, reason, prediction unless blind, nearest labelled texts."""
        with self.lock:
            return reports.why(self, example, self._row(example))

    def example(self, example: str) -> dict[str, Any]:
        """Return an example with its label, answers and copies."""
        with self.lock:
            return reports.example(self, example, self._row(example))

    def history(self, who: str = "me", limit: int = 10) -> list[dict[str, Any]]:
        """Return the newest current answers of `who`, newest first."""
        with self.lock:
            return reports.history(self, who, limit)

    # -- take away -------------------------------------------------------------------------

    def predict(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Predict new texts with the serving model."""
        return exporting.predict(self, texts)

    def export_labels(self, format: str, path: Path) -> int:
        """Write all examples with their labels; return the number of rows."""
        return exporting.export_labels(self, format, path)

    def export_model(self, folder: Path) -> None:
        """Write encoder, model and model card to a folder that `load_model` reads."""
        exporting.export_model(self, folder)


def _numbers(quality: Quality) -> dict[str, Any]:
    return {
        "metric": quality.metric,
        "estimate": quality.estimate,
        "low": quality.low,
        "high": quality.high,
        "n": quality.n,
    }


def _question(example: Example, lease: Any) -> Question:
    data = lease.question
    given = data.get("suggestion")
    return Question(
        example=example,
        suggestion=None if given is None else (given[0], float(given[1])),
        reason=str(data["reason"]),
        score=float(data["score"]),
        strategy=str(data["strategy"]),
        model=int(data["model"]),
        expires=lease.expires,
    )

"""Session: the loop itself. Ask, tell, train, measure, stop.

A session keeps nothing that is not in the store's events or in the vector cache: a new one over
the same store continues where the last one was killed. Any number of threads may ask and tell
while one trains; other processes on the same store are seen at the next call.
"""

from __future__ import annotations

import threading
import time
from _thread import interrupt_main
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.core.events import ACTIONS, ANSWERED, LABEL, RETRACTED, Draft, Event
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.loop import evidence, exporting, reports
from asknext.loop.asking import Asker
from asknext.loop.audits import ask_audit
from asknext.loop.checkpoints import Checkpoints
from asknext.loop.deep.progress import Report, silent
from asknext.loop.deep.running import train_due
from asknext.loop.errors import ASKED, Errors
from asknext.loop.learner import QUEUE
from asknext.loop.ledger import Run
from asknext.loop.live import Clock, Live
from asknext.loop.measuring import Quality
from asknext.loop.space import Caches
from asknext.loop.training import Trainer


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


class Session(Live):
    """Run the loop over one project of a store; see `Live` for what it is made of."""

    def __init__(
        self,
        store: Store,
        project: str,
        home: Home,
        *,
        caches: Caches | None = None,
        clock: Clock = time.time,
        queue_size: int = QUEUE,
        checkpoints: type[Checkpoints] = Checkpoints,
    ) -> None:
        super().__init__(store, project, home, caches=caches, clock=clock, queue_size=queue_size)
        self._asker = Asker(self)
        self._checkpoints = checkpoints(self)
        self._errors = Errors(self)
        self._trainer = Trainer(self)
        self._training = threading.Lock()

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
        shown: Mapping[str, Any] | None = None,
    ) -> Told:
        """Store one answer. A correction is a new answer; the same `key` twice is stored once.

        `shown` says how the question stood on the screen, where that may sway the answer, such as
        ``{"order": ["b", "a"]}`` of a pair.

        Raises:
            NotFound: no such example.
            InvalidAnswer: a value the task does not allow.
            InvalidInput: an unknown action.
        """
        if action not in ACTIONS:
            raise InvalidInput(f"action is {action!r}; allowed: {', '.join(ACTIONS)}")
        row = self.row(example)
        if action == LABEL:
            fields = self.store.examples(self.project, [example])[example].fields
            value = self.task.validate(value, fields)
        if not self.state.question(example, who):
            self.sync()  # asked a moment ago, or by another process
        serving = self.serving
        learnt = example in self.state.labels  # then the model may know the answer already
        guess = None if learnt else serving.guess(self.task, row)
        data = {
            "action": action,
            "value": value if action == LABEL else None,
            "seconds": seconds,
            "note": note,
            "arm": self.state.arm(example, who),
            "suggested": suggested,
            "model": serving.version,
            "predicted": None if guess is None else guess[0],
            "confidence": None if guess is None else guess[1],
        }
        if shown:
            data["shown"] = dict(shown)
        return self._append(ANSWERED, example, who, data, key)

    def retract(self, example: str, *, who: str = "me", key: str | None = None) -> Told:
        """Take the current answer back and hold the question for `who` again."""
        self.row(example)
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
        done = self.append(draft)
        return Told(done.event, done.fresh)

    # -- learn -----------------------------------------------------------------------------

    def train(self) -> bool:
        """Fold in all that is new, refit, re-rank and swap; False where nothing was new.

        Call it off the request path; others may ask and tell meanwhile. The last serving model
        stays when an error is raised.
        """
        with self._training:
            self.sync()
            if not self.dirty or self.caches is None:
                return False
            space = self.locate(self.caches)
            leases = self.store.leases(self.project, self.clock())
            pending = [lease.example for lease in leases]
            with self.lock:
                candidates = self._asker.candidates(pending)
            before = self.serving
            labelled = self._trainer.train(space, candidates, pending)
            if before.model is not None and before.warm(space) is None:
                self._checkpoints.start_over(labelled)
            else:
                self._checkpoints.pass_by(labelled)
            return True

    def fine_tune(self, report: Report = silent) -> Run | None:
        """Bring the deep training that is due to its end, then serve what it made.

        None where none is due; see the project's `deep` settings. `report` hears of each step.
        For scripts, in their main thread: a service trains in a process of its own.

        Raises:
            NotReady: the project has no deep model.
            Busy: another process trains this project now.
        """
        run = train_due(self, report, stop=interrupt_main)
        self.train()
        return run

    def measure(self) -> Quality | None:
        """Estimate the quality now, keep it as an event, return it; None where it cannot be."""
        with self._training:
            self.sync()
            labelled, _ = self.labelled()
            return self._checkpoints.measure(labelled)

    def evidence(self) -> dict[str, Any] | None:
        """Work out what the answers prove: quality, classes, outlook, saving; keep and return it.

        Takes seconds: dozens of small models are fitted. Others may ask, tell and train meanwhile.
        Reports show what was kept last. None while nothing is encoded; see docs/evidence.md for
        each number.
        """
        with self._training:
            self.sync()
            space = self.space
            if space is None or self.serving.model is None:
                return None
            labelled, _ = self.labelled()
        found = evidence.gather(self, space, labelled)
        evidence.keep(self, found)
        return found

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

    def errors(self, kinds: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the lists of errors, all kinds where none is named; see docs/errors.md.

        It takes as long as some fits of the model. Others may ask, tell and train meanwhile.

        Raises:
            NotFound: no list of this kind.
        """
        self.sync()
        self._train_once()
        return self._errors.lists(kinds)

    def ask_errors(
        self,
        kind: str,
        *,
        names: Sequence[str] = (),
        k: int = ASKED,
        who: str = "me",
        key: str | None = None,
        shown: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Put a list of errors, or some items of it, before all other questions; see `errors`.

        The same `key` twice is one wish: the second time returns what was asked the first time.
        `shown` is what `errors` returned, where that is meant; else the lists as they are now.

        Raises:
            NotFound: no such list, or no such item on it.
        """
        self.sync()
        self._train_once()
        how: dict[str, Any] = {"names": names, "k": k, "who": who, "key": key, "shown": shown}
        found: dict[str, Any] = self._errors.ask(kind, **how)
        return found

    def ask_audit(
        self,
        k: int | None = None,
        *,
        half: float | None = None,
        who: str = "me",
        key: str | None = None,
    ) -> dict[str, Any]:
        """Put questions drawn at random before all others: `k`, or what ± `half` takes.

        They are those that the control arm would have asked later; see `audits`. The same `key`
        twice is one wish.

        Raises:
            InvalidInput: k below 1, or both k and half.
            NotReady: none are left, or nothing was measured that half goes by.
        """
        self.sync()
        return ask_audit(self, k, half=half, who=who, key=key)

    def why(self, example: str) -> dict[str, Any]:
        """Explain a question: score, reason, prediction unless blind, nearest labelled texts."""
        with self.lock:
            return reports.why(self, example, self.row(example))

    def example(self, example: str) -> dict[str, Any]:
        """Return an example with its label, answers and copies."""
        with self.lock:
            return reports.example(self, example, self.row(example))

    def history(self, who: str = "me", limit: int = 10) -> list[dict[str, Any]]:
        """Return the newest current answers of `who`, newest first."""
        with self.lock:
            return reports.history(self, who, limit)

    # -- take away -------------------------------------------------------------------------

    def predict(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Predict new texts with the serving model."""
        self._train_once()
        return exporting.predict(self, texts)

    def export_labels(self, format: str, path: Path) -> int:
        """Write all examples with their labels; return the number of rows."""
        return exporting.export_labels(self, format, path)

    def export_model(self, folder: Path) -> None:
        """Write encoder, model and model card to a folder that `load_model` reads."""
        self._train_once()
        exporting.export_model(self, folder, self.report())

    def export_standard(self, folder: Path) -> None:
        """Write the deep model that serves as a Hugging Face folder; asknext is not needed there.

        Raises NotReady where none serves; the message says what to do.
        """
        exporting.export_standard(self, folder, self.report())

    def export_onnx(self, folder: Path) -> dict[str, Any]:
        """Write what serves as an ONNX graph; return how far it was from the model, at most."""
        self._train_once()
        return exporting.export_onnx(self, folder, self.report())

    def _train_once(self) -> None:
        if self.serving.model is None and self.state.labels:
            self.train()  # a service keeps its model fresh itself, and never trains to answer


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

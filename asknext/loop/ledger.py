"""The ledger of deep trainings: what the events say became of each run, and which one serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from asknext.core.errors import NotFound
from asknext.core.events import (
    ENDS,
    PROMOTED,
    REQUESTED,
    ROLLED_BACK,
    STARTED,
    TRAINED,
    Event,
)

WAITING = "waiting"
RUNNING = "running"
INSTANT = ""
"""The run that serves while none does: vectors of the encoder that the project began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Be one deep training.

    `state` is ``waiting``, ``running`` or the kind of the event that ended it. `start` holds the
    data of the newest ``started`` (before it, the ``source`` of the request, if any), `made`
    those of ``trained``, `result` those of the end; `answers` is the number of labels when it
    was requested, then when it was started.
    """

    id: str
    state: str = WAITING
    why: str = ""
    who: str = ""
    requested: float = 0.0
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    answers: int = 0
    start: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Say whether nothing has ended it yet."""
        return self.state in (WAITING, RUNNING)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


class Ledger:
    """Fold the events of runs.

    `runs` are in the order of their request. `served` is the stack of promoted runs: its last
    one serves, a roll-back takes it off.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.served: list[str] = []

    @property
    def serving(self) -> str:
        """Return the id of the run whose model serves, `INSTANT` where none does."""
        return self.served[-1] if self.served else INSTANT

    @property
    def open(self) -> Run | None:
        """Return the run that waits or goes on now; there is one at most."""
        return next((run for run in reversed(self.runs.values()) if run.open), None)

    @property
    def last(self) -> Run | None:
        """Return the newest run."""
        return next(reversed(self.runs.values()), None)

    @property
    def next_id(self) -> str:
        """Return the id of the run to be requested next."""
        return f"r{len(self.runs) + 1:04d}"

    def get(self, run: str) -> Run:
        """Return a run by its id; NotFound lists those that there are."""
        if run not in self.runs:
            raise NotFound.among("run", run, list(self.runs))
        return self.runs[run]

    def fold(self, event: Event) -> bool:
        """Take one event in; say whether another run serves now."""
        before = self.serving
        if event.kind == REQUESTED:
            self._requested(event)
        elif event.kind == ROLLED_BACK:
            self._rolled_back(str(event.data["run"]))
        elif event.kind in (STARTED, TRAINED, *ENDS) and event.data["run"] in self.runs:
            run = self.runs[event.data["run"]]
            self.runs[run.id] = _changed(run, event)
            if event.kind == PROMOTED:
                self.served.append(run.id)
        return self.serving != before

    def _requested(self, event: Event) -> None:
        id, why = str(event.data["run"]), str(event.data.get("why", ""))
        answers = int(event.data.get("answers", 0))
        source = {name: event.data[name] for name in ("source",) if name in event.data}
        self.runs[id] = Run(
            id=id, why=why, who=event.who, requested=event.at, answers=answers, start=source
        )

    def _rolled_back(self, to: str) -> None:
        while self.served and self.served[-1] != to:
            self.served.pop()


def _changed(run: Run, event: Event) -> Run:
    if event.kind == STARTED:
        return replace(
            run,
            state=RUNNING,
            started=event.at,
            attempts=int(event.data["attempt"]),
            answers=int(event.data["answers"]),
            start=event.data,
        )
    if event.kind == TRAINED:
        return replace(run, made=event.data)
    return replace(run, state=event.kind, ended=event.at, result=event.data)

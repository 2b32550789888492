"""Deep trainings in the background."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from asknext.core.home import Home
from asknext.server.children import ChildQueue, read_object
from asknext.server.spawning import end

log = logging.getLogger(__name__)

REST = 2.0  # seconds before a child that ended unasked is started again, doubled each time
LONGEST_REST = 60.0
GRACE = 20.0  # seconds that a training gets to stop
QUIET = ("busy", "stopped")
"""Codes of ends that are no failures: another process trains, or the run was told to stop."""


@dataclass
class Work:
    """Remember about one project what its child said last, and when to try again."""

    step: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    failures: int = 0
    not_before: float = 0.0


class TrainingQueue(ChildQueue):
    """Train projects one after the other.

    The queue keeps nothing that matters: which runs are wanted, going on or ended is in the
    store, and whoever looks after a project calls `add` for as long as a run is due there. So a
    killed child, or a killed server, is made good by the next look.
    """

    what: ClassVar[str] = "training"

    def __init__(self, home: Home, store_url: str, tell: Callable[[str], None]) -> None:
        super().__init__(home, store_url, tell)
        self._work: dict[str, Work] = {}

    def add(self, project: str) -> None:
        """Put a project in line, unless it is there already or has to rest after a failure."""
        with self._condition:
            work = self._work.setdefault(project, Work())
            if self._closed or project == self._running or project in self._waiting:
                return
            if time.monotonic() >= work.not_before:
                self._line_up(project)

    def step(self, project: str) -> dict[str, Any]:
        """Return the newest step of the child that trains this project now, empty if none does."""
        return dict(self._work.get(project, Work()).step)

    def error(self, project: str) -> str:
        """Return why the last child could not work, empty where it could."""
        return self._work.get(project, Work()).error

    def retry(self, project: str) -> None:
        """Forget what went wrong: somebody asked again."""
        with self._condition:
            self._work[project] = Work()

    def stop(self, project: str) -> None:
        """End the child that trains this project; the ledger says already why."""
        with self._condition:
            child = self._leave(project)
        if child is not None:
            threading.Thread(target=end, args=(child, GRACE), daemon=True).start()

    def remove(self, project: str) -> None:
        """Forget a project, ending its child process; return when it has ended."""
        with self._condition:
            self._work.pop(project, None)
            child = self._leave(project)
        if child is not None:
            end(child)

    def _command(self, project: str) -> list[str]:
        return ["train", project, "--due"]

    def _known(self, project: str) -> bool:
        return project in self._work

    def _begun(self, project: str) -> None:
        self._tell(project)

    def _heard(self, project: str, line: str) -> bool:
        data = read_object(line)
        if data is None or "stage" not in data:
            return False
        self._work.setdefault(project, Work()).step = data
        self._tell(project)
        return True

    def _settle(self, project: str, status: int, tail: deque[str]) -> None:
        with self._condition:
            work = self._work.get(project)
            if work is None or self._closed:
                return
            work.step = {}
            if status == 0:
                self._work[project] = Work()
                return
        said = next((found for line in reversed(tail) if (found := read_object(line))), {})
        message = str(said.get("error", "")) or next(iter(reversed(tail)), "it said nothing")
        if said.get("code") not in QUIET:
            log.error("training %s ended with status %d: %s", project, status, "\n".join(tail))
        self._not_started(project, "" if said.get("code") in QUIET else message)

    def _not_started(self, project: str, error: str) -> None:
        with self._condition:
            work = self._work.setdefault(project, Work())
            work.failures += 1
            work.error = error
            rest = min(REST * 2.0 ** (work.failures - 1), LONGEST_REST)
            work.not_before = time.monotonic() + rest

    def _rested(self, project: str) -> None:
        self._tell(project)

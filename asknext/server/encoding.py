"""Encoding in the background."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from asknext.core.home import Home
from asknext.server.children import ChildQueue, read_object
from asknext.server.spawning import end

log = logging.getLogger(__name__)

IDLE, WAITING, RUNNING, DONE, ERROR = "idle", "waiting", "running", "done", "error"


@dataclass(frozen=True, slots=True)
class Progress:
    """Say how far the encoding of a project is; `rate` is examples a second."""

    state: str = IDLE
    done: int = 0
    total: int = 0
    rate: float = 0.0
    error: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Estimate the time left; None while it is unknown."""
        if self.state != RUNNING or self.rate <= 0:
            return None
        return (self.total - self.done) / self.rate


def read_line(line: str, before: Progress) -> Progress | None:
    """Take in one line of the child's progress; None where it is something else.

    >>> read_line('{"done": 50, "total": 200, "rate": 25.0}', Progress()).seconds_left
    6.0
    >>> read_line('{"error": "no such model"}', Progress()).state
    'error'
    >>> read_line("a warning", Progress()) is None
    True
    """
    data = read_object(line)
    if data is None:
        return None
    if "error" in data:
        return replace(before, state=ERROR, error=_sentence(data["error"]), rate=0.0)
    if data.get("finished"):
        return replace(before, state=DONE, done=before.total, rate=0.0, error="")
    if "done" in data:
        done, total = int(data["done"]), int(data.get("total") or 0)
        return Progress(RUNNING, done, total, float(data.get("rate") or 0.0))
    return None


def _sentence(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


class EncodingQueue(ChildQueue):
    """Encode projects one after the other."""

    what: ClassVar[str] = "encoding"

    def __init__(self, home: Home, store_url: str, tell: Callable[[str], None]) -> None:
        super().__init__(home, store_url, tell)
        self._again: set[str] = set()
        self._progress: dict[str, Progress] = {}

    def add(self, project: str) -> None:
        """Put a project in line; one that is running now is looked at once more afterwards."""
        with self._condition:
            if self._closed:
                return
            if project == self._running:
                self._again.add(project)
            elif project not in self._waiting:
                self._set(project, replace(self.progress(project), state=WAITING, error=""))
                self._line_up(project)

    def progress(self, project: str) -> Progress:
        """Return how far a project is."""
        return self._progress.get(project, Progress())

    def remove(self, project: str) -> None:
        """Forget a project, ending its child process."""
        with self._condition:
            self._again.discard(project)
            self._progress.pop(project, None)
            child = self._leave(project)
        if child is not None:
            end(child)

    def _set(self, project: str, progress: Progress) -> None:
        self._progress[project] = progress
        self._tell(project)

    def _command(self, project: str) -> list[str]:
        return ["encode", project]

    def _known(self, project: str) -> bool:
        return project in self._progress

    def _begun(self, project: str) -> None:
        self._set(project, replace(self.progress(project), state=RUNNING, error=""))

    def _heard(self, project: str, line: str) -> bool:
        progress = read_line(line, self.progress(project))
        if progress is not None and self._known(project):
            self._set(project, progress)
        return progress is not None

    def _settle(self, project: str, status: int, tail: deque[str]) -> None:
        now = self.progress(project)
        if self._closed or now.state == ERROR or not self._known(project):
            return  # the end was wanted, or has been explained
        if status == 0:
            self._set(project, replace(now, state=DONE, done=now.total, rate=0.0))
            return
        said = next(iter(reversed(tail)), "it said nothing")
        log.error("encoding %s ended with status %d: %s", project, status, "\n".join(tail))
        message = f"encoding stopped (exit status {status}): {said}"
        self._set(project, replace(now, state=ERROR, rate=0.0, error=message))

    def _not_started(self, project: str, error: str) -> None:
        self._set(project, Progress(ERROR, error=error))

    def _rested(self, project: str) -> None:
        with self._condition:
            again = project in self._again
            self._again.discard(project)
        if again:
            self.add(project)

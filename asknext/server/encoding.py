"""Encoding in the background: one child process at a time, the rest wait in line."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from asknext.core.home import Home
from asknext.server.spawning import end, spawn

log = logging.getLogger(__name__)

IDLE, WAITING, RUNNING, DONE, ERROR = "idle", "waiting", "running", "done", "error"
TAIL = 20  # lines of the child's other output that are kept for the error message


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
    try:
        data = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict):
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


class EncodingQueue:
    """Encode projects one after the other in child processes; `tell` hears of each change.

    A child is at low priority and dies with the server; what it finished is kept, so a killed
    one is simply started again.
    """

    def __init__(self, home: Home, store_url: str, tell: Callable[[str], None]) -> None:
        self._home = home
        self._store_url = store_url
        self._tell = tell
        self._waiting: deque[str] = deque()
        self._again: set[str] = set()
        self._progress: dict[str, Progress] = {}
        self._condition = threading.Condition()
        self._running: str | None = None
        self._child: subprocess.Popen[str] | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, project: str) -> None:
        """Put a project in line; one that is running now is looked at once more afterwards."""
        with self._condition:
            if self._closed:
                return
            if project == self._running:
                self._again.add(project)
                return
            if project not in self._waiting:
                self._waiting.append(project)
                self._set(project, replace(self.progress(project), state=WAITING, error=""))
            if self._thread is None:
                # The child's life hangs on this thread's pipes: it stays for good.
                self._thread = threading.Thread(target=self._run, name="encoding", daemon=True)
                self._thread.start()
            self._condition.notify()

    def progress(self, project: str) -> Progress:
        """Return how far a project is."""
        return self._progress.get(project, Progress())

    def remove(self, project: str) -> None:
        """Forget a project, ending its child process."""
        with self._condition:
            self._again.discard(project)
            if project in self._waiting:
                self._waiting.remove(project)
            child = self._child if self._running == project else None
            self._progress.pop(project, None)
        if child is not None:
            end(child)

    def close(self) -> None:
        """End the running child and take no more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            child = self._child
        if child is not None:
            end(child)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _set(self, project: str, progress: Progress) -> None:
        self._progress[project] = progress
        self._tell(project)

    def _run(self) -> None:
        while (project := self._next()) is not None:
            try:
                self._encode(project)
            except OSError as error:
                log.exception("cannot start the encoding of %s", project)
                self._set(project, Progress(ERROR, error=str(error)))
            self._finished(project)

    def _next(self) -> str | None:
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _finished(self, project: str) -> None:
        with self._condition:
            self._running = self._child = None
            again = project in self._again
            self._again.discard(project)
        if again:
            self.add(project)

    def _encode(self, project: str) -> None:
        child = spawn(["encode", project], self._home, self._store_url)
        with child:
            with self._condition:
                self._child = child
                wanted = not self._closed and project in self._progress
            if wanted:
                self._set(project, replace(self.progress(project), state=RUNNING, error=""))
            else:
                end(child)
            assert child.stdout is not None
            tail = self._follow(project, child.stdout)
            self._settle(project, child.wait(), tail)

    def _follow(self, project: str, lines: Iterable[str]) -> deque[str]:
        tail: deque[str] = deque(maxlen=TAIL)
        for line in lines:
            progress = read_line(line, self.progress(project))
            if project not in self._progress:
                continue  # it was removed meanwhile
            if progress is None:
                tail.append(line.strip())
            else:
                self._set(project, progress)
        return tail

    def _settle(self, project: str, status: int, tail: deque[str]) -> None:
        now = self.progress(project)
        if self._closed or now.state == ERROR or project not in self._progress:
            return  # the end was wanted, or has been explained
        if status == 0:
            self._set(project, replace(now, state=DONE, done=now.total, rate=0.0))
            return
        said = next((line for line in reversed(tail) if line), "it said nothing")
        log.error("encoding %s ended with status %d: %s", project, status, "\n".join(tail))
        message = f"encoding stopped (exit status {status}): {said}"
        self._set(project, replace(now, state=ERROR, rate=0.0, error=message))

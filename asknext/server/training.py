"""Deep trainings in the background: one child process at a time, the rest wait in line."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from asknext.core.home import Home
from asknext.server.spawning import end, spawn

log = logging.getLogger(__name__)

TAIL = 20  # lines of a child's other output that are kept for the log
REST = 2.0  # seconds before a child that ended unasked is started again, doubled each time
LONGEST_REST = 60.0
GRACE = 20.0  # seconds that a training gets to stop


@dataclass
class Work:
    """Remember about one project what its child said last, and when to try again."""

    step: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    failures: int = 0
    not_before: float = 0.0


class TrainingQueue:
    """Train projects one after the other in child processes; `tell` hears of each change.

    The queue keeps nothing that matters: which runs are wanted, going on or ended is in the
    store, and whoever looks after a project calls `add` for as long as a run is due there. So a
    killed child, or a killed server, is made good by the next look.
    """

    def __init__(self, home: Home, store_url: str, tell: Callable[[str], None]) -> None:
        self._home = home
        self._store_url = store_url
        self._tell = tell
        self._waiting: deque[str] = deque()
        self._work: dict[str, Work] = {}
        self._condition = threading.Condition()
        self._running: str | None = None
        self._child: subprocess.Popen[str] | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def add(self, project: str) -> None:
        """Put a project in line, unless it is there already or has to rest after a failure."""
        with self._condition:
            work = self._work.setdefault(project, Work())
            if self._closed or project == self._running or project in self._waiting:
                return
            if time.monotonic() < work.not_before:
                return
            self._waiting.append(project)
            if self._thread is None:
                # The child's life hangs on this thread's pipes: it stays for good.
                self._thread = threading.Thread(target=self._run, name="training", daemon=True)
                self._thread.start()
            self._condition.notify()

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
            if project in self._waiting:
                self._waiting.remove(project)
            child = self._child if self._running == project else None
        if child is not None:
            threading.Thread(target=end, args=(child, GRACE), daemon=True).start()

    def remove(self, project: str) -> None:
        """Forget a project, ending its child process; return when it has ended."""
        with self._condition:
            self._work.pop(project, None)
            if project in self._waiting:
                self._waiting.remove(project)
            child = self._child if self._running == project else None
        if child is not None:
            end(child)

    def close(self) -> None:
        """End the running child and take no more; its run is resumed by the next start."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
            child = self._child
        if child is not None:
            end(child)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while (project := self._next()) is not None:
            try:
                self._train(project)
            except OSError as error:
                log.exception("cannot start the training of %s", project)
                self._failed(project, str(error))
            with self._condition:
                self._running = self._child = None
            self._tell(project)

    def _next(self) -> str | None:
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _train(self, project: str) -> None:
        child = spawn(["train", project, "--due"], self._home, self._store_url)
        with child:
            with self._condition:
                self._child = child
                wanted = not self._closed and project in self._work
            if not wanted:
                end(child)
            assert child.stdout is not None
            tail = self._follow(project, child.stdout)
            status = child.wait()
        self._settle(project, status, tail)

    def _follow(self, project: str, lines: Iterable[str]) -> deque[str]:
        tail: deque[str] = deque(maxlen=TAIL)
        for line in lines:
            data = read_line(line)
            if data is not None and "stage" in data:
                self._work.setdefault(project, Work()).step = data
                self._tell(project)
            elif line.strip():
                tail.append(line.strip())
        return tail

    def _settle(self, project: str, status: int, tail: deque[str]) -> None:
        with self._condition:
            work = self._work.get(project)
            if work is None or self._closed:
                return
            work.step = {}
            if status == 0:
                self._work[project] = Work()
                return
        said = next((found for line in reversed(tail) if (found := read_line(line))), {})
        message = str(said.get("error", "")) or next(iter(reversed(tail)), "it said nothing")
        if said.get("code") not in QUIET:
            log.error("training %s ended with status %d: %s", project, status, "\n".join(tail))
        self._failed(project, "" if said.get("code") in QUIET else message)

    def _failed(self, project: str, message: str) -> None:
        with self._condition:
            work = self._work.setdefault(project, Work())
            work.failures += 1
            work.error = message
            rest = min(REST * 2.0 ** (work.failures - 1), LONGEST_REST)
            work.not_before = time.monotonic() + rest


QUIET = ("busy", "stopped")
"""Codes of ends that are no failures: another process trains, or the run was told to stop."""


def read_line(line: str) -> dict[str, Any] | None:
    """Return one line of the child's JSON; None where it is something else.

    >>> read_line('{"stage": "training", "step": 3}')["step"]
    3
    >>> read_line("a warning") is None
    True
    """
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None

"""Work in child processes: one at a time, the other projects wait in line."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from asknext.core.home import Home
from asknext.server.spawning import end, spawn

log = logging.getLogger(__name__)

TAIL = 20  # lines of a child's other output that are kept for the error message


class ChildQueue(ABC):
    """Run ``asknext COMMAND`` for one project after the other; `tell` hears of each change.

    Children are at low priority and die with the server; what one finished is kept, so a killed
    one is simply started again.
    """

    what: ClassVar[str]

    def __init__(self, home: Home, store_url: str, tell: Callable[[str], None]) -> None:
        self._home = home
        self._store_url = store_url
        self._tell = tell
        self._waiting: deque[str] = deque()
        self._condition = threading.Condition()
        self._running: str | None = None
        self._child: subprocess.Popen[str] | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

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

    @abstractmethod
    def _command(self, project: str) -> list[str]:
        """Return the words after ``asknext``."""

    @abstractmethod
    def _known(self, project: str) -> bool:
        """Say whether the project has not been removed meanwhile."""

    @abstractmethod
    def _begun(self, project: str) -> None:
        """Be told that a child has started."""

    @abstractmethod
    def _heard(self, project: str, line: str) -> bool:
        """Take in a line that the child wrote; False where it says nothing about its work."""

    @abstractmethod
    def _settle(self, project: str, status: int, tail: deque[str]) -> None:
        """Take in how a child ended; `tail` is what else it wrote last."""

    @abstractmethod
    def _not_started(self, project: str, error: str) -> None:
        """Take in that no child could be started."""

    @abstractmethod
    def _rested(self, project: str) -> None:
        """Be told that no child works any more."""

    def _line_up(self, project: str) -> None:
        """Put a project at the end of the line; to be called with the condition held."""
        self._waiting.append(project)
        if self._thread is None:
            # The child's life hangs on this thread's pipes: it stays for good.
            self._thread = threading.Thread(target=self._run, name=self.what, daemon=True)
            self._thread.start()
        self._condition.notify()

    def _leave(self, project: str) -> subprocess.Popen[str] | None:
        """Take a project out of the line; return its child, if one runs. Condition held."""
        if project in self._waiting:
            self._waiting.remove(project)
        return self._child if self._running == project else None

    def _run(self) -> None:
        while (project := self._next()) is not None:
            try:
                self._work_on(project)
            except OSError as error:
                log.exception("cannot start the %s of %s", self.what, project)
                self._not_started(project, str(error))
            with self._condition:
                self._running = self._child = None
            self._rested(project)

    def _next(self) -> str | None:
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _work_on(self, project: str) -> None:
        child = spawn(self._command(project), self._home, self._store_url)
        with child:
            with self._condition:
                self._child = child
                wanted = not self._closed and self._known(project)
            if wanted:
                self._begun(project)
            else:
                end(child)
            assert child.stdout is not None
            tail = self._follow(project, child.stdout)
            status = child.wait()
        self._settle(project, status, tail)

    def _follow(self, project: str, lines: Iterable[str]) -> deque[str]:
        tail: deque[str] = deque(maxlen=TAIL)
        for line in lines:
            if not self._heard(project, line) and line.strip():
                tail.append(line.strip())
        return tail


def read_object(line: str) -> dict[str, Any] | None:
    """Return one line of a child's JSON; None where it is something else.

    >>> read_object('{"stage": "training", "step": 3}')["step"]
    3
    >>> read_object("a warning") is None
    True
    """
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None

"""Findings: what takes seconds to work out, made in the background and answered at once."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asknext.core.errors import NotFound
from asknext.core.settings import Settings
from asknext.loop.evidence import kept
from asknext.loop.session import Session
from asknext.models.threads import one_blas_thread

log = logging.getLogger(__name__)

EVIDENCE, ERRORS = "evidence", "errors"
WORKING, READY, FAILED = "working", "ready", "failed"
PATIENCE = 3.0  # seconds that the end waits for what is being worked out
REST = 10.0  # seconds before what failed is tried again, for whoever looks then

Stamp = tuple[int, str, int, int, Settings]
"""What a finding speaks of: it is worked out anew when this has changed."""

Task = tuple[Session, str]
"""A kind of finding about a project."""


class Kind(NamedTuple):
    """Say how one kind of finding is made, where its number of answers is, and what was kept."""

    make: Callable[[Session], dict[str, Any] | None]
    answers: str
    last: Callable[[Session], dict[str, Any] | None]


KINDS: Mapping[str, Kind] = {
    EVIDENCE: Kind(Session.evidence, "answers", kept),
    ERRORS: Kind(Session.errors, "labelled", lambda session: None),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Be the last finding that is finished, None before any, and `of` how many answers it is.

    `state` is ``ready`` where it speaks of all answers there are, ``working`` while a newer one
    is made, ``failed`` where that went wrong; then `error` says why.
    """

    state: str
    of: int
    found: dict[str, Any] | None
    error: str = ""


@dataclass
class _Kept:
    """Remember the last finding of a project, what it speaks of, and how the last try ended."""

    stamp: Stamp | None = None
    found: dict[str, Any] | None = None
    error: str = ""
    at: float = field(default_factory=time.monotonic)

    def behind(self, stamp: Stamp) -> bool:
        """Say whether a new one is wanted: of other answers, or after a failure."""
        return self.stamp != stamp or (bool(self.error) and time.monotonic() >= self.at + REST)


class Findings:
    """Work findings out in one thread, one after the other, for whoever looks.

    They are made once for each state of the answers, however many look; who looks meanwhile sees
    the last one. Nothing is made unless somebody looks.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._kept: dict[Task, _Kept] = {}
        self._line: deque[Task] = deque()
        self._now: Task | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def look(self, session: Session, kind: str) -> Found:
        """Return the last finding of this kind; where it is behind, a new one is put in line."""
        stamp = _stamp(session)
        with self._condition:
            held = self._held(session, kind)
            if held.behind(stamp):
                self._line_up(session, kind)
                state = WORKING
            else:
                state = FAILED if held.error else READY
            of = 0 if held.found is None else int(held.found[KINDS[kind].answers])
            return Found(state, of, held.found, held.error if state == FAILED else "")

    def last(self, session: Session, kind: str) -> dict[str, Any] | None:
        """Return the last finding, which people may have before them; None before any."""
        with self._condition:
            return self._held(session, kind).found

    def forget(self, project: str) -> None:
        """Drop what is known of a project, and what is in line for it."""
        with self._condition:
            for one in [one for one in self._kept if one[0].project == project]:
                del self._kept[one]
            self._line = deque(one for one in self._line if one[0].project != project)

    def close(self) -> None:
        """End the work; what is being worked out now is not waited for for long."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=PATIENCE)

    def _held(self, session: Session, kind: str) -> _Kept:
        if (session, kind) not in self._kept:
            self._kept[session, kind] = _Kept(found=KINDS[kind].last(session))
        return self._kept[session, kind]

    def _line_up(self, session: Session, kind: str) -> None:
        one = (session, kind)
        if self._closed or one == self._now or one in self._line:
            return
        self._line.append(one)
        self._condition.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="findings", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._line or self._closed)
                if self._closed:
                    return
                self._now = one = self._line.popleft()
            made = self._made(*one)
            with self._condition:
                self._now = None
                if made is not None and one in self._kept:
                    self._kept[one] = made

    def _made(self, session: Session, kind: str) -> _Kept | None:
        """Work one finding out; None where its project is gone."""
        before, stamp = self.last(session, kind), _stamp(session)
        try:
            with one_blas_thread():
                if session.serving.model is None:
                    session.train()  # the server has just been started
                stamp = _stamp(session)
                return _Kept(stamp, KINDS[kind].make(session))
        except NotFound:
            log.info("project %s is gone", session.project)
            return None
        except Exception as error:  # whatever a model raises, the last finding stays
            if not self._closed:  # else the store may have been closed meanwhile
                log.exception("%s of %s failed", kind, session.project)
            return _Kept(stamp, before, str(error) or type(error).__name__)


def _stamp(session: Session) -> Stamp:
    """Say of which answers, on which vectors, a finding would be that is made now."""
    with session.lock:
        labelled, seq = session.labelled()
        touched = len(session.state.touched)
        return seq, session.run, len(labelled.rows), touched, session.settings

"""The background trainer of one project: newest answers win, errors never stop the labelling."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from asknext.core.errors import NotFound
from asknext.loop.deep.requests import due
from asknext.loop.session import Session
from asknext.models.threads import one_blas_thread

log = logging.getLogger(__name__)

POLL = 1.0  # seconds between two looks at what other processes have written
LONGEST_WAIT = 60.0  # seconds at most before a failed training is tried again
PATIENCE = 10.0  # vectors alone are folded in when this many times the last training has passed


class Worker:
    """Train one session whenever something is new.

    A burst of answers makes one training: it reads what is newest when it starts, and what
    arrives meanwhile makes the next. An error is kept in `error` while the last good model goes
    on serving; the next try waits twice as long each time.
    """

    def __init__(
        self,
        session: Session,
        *,
        changed: Callable[[], None],
        encode: Callable[[], None],
        gone: Callable[[], None],
        deep: Callable[[], None] = lambda: None,
    ) -> None:
        self.session = session
        self.training = False
        self.error = ""
        self._changed = changed
        self._encode = encode
        self._gone = gone
        self._deep = deep
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._failures = 0
        self._sent = ("", -1)  # deep run and size of the pool when it was sent to the encoder
        self._seen = (-1, -1)
        self._trained_at = 0.0
        self._finish = False
        self._thread = threading.Thread(
            target=self._run, name=f"train-{session.project}", daemon=True
        )

    def start(self) -> None:
        """Begin the work in the background."""
        self._thread.start()

    def notify(self, *, finish: bool = False) -> None:
        """Say that something is new; `finish` says that all vectors are there now."""
        self._finish |= finish
        self._wake.set()

    def stop(self) -> None:
        """End the work after the training that is running now."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except NotFound:
                log.info("project %s is gone", self.session.project)
                self._gone()
                return
            except Exception as error:  # whatever a model raises, people go on labelling
                log.exception("training %s failed", self.session.project)
                self._failed(error)
            self._wake.wait(POLL)
            self._wake.clear()

    def _look(self) -> None:
        session = self.session
        session.sync()
        if self._due():
            self._train()
        size = len(session.pool)
        now = (session.state.serving_run, size)
        if now != self._sent and not session.encoded.all():
            self._sent = now
            self._encode()
        if due(session):
            self._deep()
        seen = (session.state.seq, size)
        if seen != self._seen:
            self._seen = seen
            self._changed()

    def _due(self) -> bool:
        """Fold in labels at once, new vectors alone only now and then."""
        session = self.session
        if not session.dirty:
            return False
        if self._finish or session.state.seq_labels != session.serving.seq:
            return True
        rest = max(POLL, PATIENCE * session.serving.seconds)
        return time.monotonic() - self._trained_at >= rest

    def _train(self) -> None:
        self.training = True
        self._finish = False
        self._changed()
        try:
            with one_blas_thread():
                self.session.train()
            self._failures, self.error = 0, ""
        finally:
            self.training = False
            self._trained_at = time.monotonic()
            self._changed()

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        self.error = str(error) or type(error).__name__
        self._changed()
        self._stop.wait(min(LONGEST_WAIT, 2.0**self._failures))

"""Watch: a thread beside a run that tells others how far it is, and ends it when it must end.

It writes the progress to the store, for servers on any machine; it looks whether somebody has
cancelled the run; it holds the limits of time and memory. The run itself is ended by a signal to
this process, so that it stops wherever it is.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asknext.core.errors import StoreError
from asknext.core.events import CANCELLED, FAILED
from asknext.core.protocols import Store
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.progress import Step
from asknext.loop.deep.requests import end
from asknext.loop.live import Live

log = logging.getLogger(__name__)

NAME = "deep/progress"
BEAT = 1.0  # seconds between two looks
SILENT = 60.0  # seconds after which a run on another machine counts as lost
GRACE = 30.0  # seconds that a run gets to stop by itself
GIB = 1 << 30


class Watch:
    """Look after one run while it goes on; use it as a context."""

    def __init__(self, live: Live, run: str, plan: Plan, *, stop: Callable[[], None]) -> None:
        self._live = live
        self._run = run
        self._plan = plan
        self._stop = stop
        self._began = time.monotonic()
        self._step = Step(run, "waiting")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch-run", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join(timeout=10)

    def saw(self, step: Step) -> None:
        """Take in how far the run is."""
        self._step = step

    def _look(self) -> None:
        while not self._done.wait(BEAT):
            try:
                over = self._over()
                beat(self._live, self._step)
            except StoreError:
                log.warning("the store is busy; looking again", exc_info=True)
                continue
            if over:
                self._stop()
                if not self._done.wait(GRACE):
                    os._exit(4)  # a library that never comes back to Python
                return

    def _over(self) -> bool:
        """Say whether the run has to end; the reason is in the ledger then.

        One that has ended otherwise than by being cancelled is on its way out by itself.
        """
        self._live.sync()
        run = self._live.state.ledger.get(self._run)
        if not run.open:
            return run.state == CANCELLED
        found = self._broken()
        if found is None:
            return False
        reason, message = found
        end(self._live, self._run, FAILED, {"reason": reason, "message": message})
        return True

    def _broken(self) -> tuple[str, str] | None:
        minutes = (time.monotonic() - self._began) / 60
        if self._plan.minutes is not None and minutes > self._plan.minutes:
            return "time", f"it took longer than the limit of {self._plan.minutes:g} minutes"
        used, most = resident(), limit(self._plan)
        if most is not None and used > most:
            return "memory", (
                f"it used {used / GIB:.1f} GiB, the limit is {most / GIB:.1f} GiB; choose a "
                "smaller base, a smaller batch with accumulate, how = lora or head, or fewer "
                "max_tokens"
            )
        return None


def limit(plan: Plan) -> float | None:
    """Return how many bytes a run may use; None where the machine does not say."""
    if plan.memory_gb is not None:
        return plan.memory_gb * GIB
    try:
        return 0.9 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def resident() -> int:
    """Return the bytes of memory that this process holds now; 0 where it cannot be told."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def beat(live: Live, step: Step) -> None:
    """Write to the store how far a run is."""
    data = {**step.to_json(), "at": live.clock(), "host": socket.gethostname(), "pid": os.getpid()}
    live.store.put(live.project, NAME, json.dumps(data).encode())


def last_beat(store: Store, project: str) -> dict[str, Any] | None:
    """Return the newest progress that any process has written, None where there is none."""
    raw = store.fetch(project, NAME)
    return None if raw is None else dict(json.loads(raw))


def stop_this_process() -> None:
    """Send this process the signal to end in good order."""
    os.kill(os.getpid(), signal.SIGTERM)

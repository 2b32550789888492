"""Locks between processes: one training at a time in a project, and on a device.

The kernel lets go when the holder ends, however it ends, so a killed training leaves none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from asknext.core.errors import NotReady

POLL = 0.2  # seconds between two tries


class Busy(NotReady):
    """Report that another process trains this project now."""

    code = "busy"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock on this file, or raise Busy at once where another process has it."""
    handle = _open(path)
    try:
        if not _try(handle):
            raise Busy("another process is training this project now; its run is in the ledger")
        yield
    finally:
        os.close(handle)


@contextmanager
def in_turn(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock on this file; call `waiting` now and then until it is free."""
    handle = _open(path)
    try:
        while not _try(handle):
            waiting()
            time.sleep(POLL)
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)


def _try(handle: int) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

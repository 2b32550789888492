"""Keep BLAS on one thread while the head works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Looking through the loaded libraries takes milliseconds, so it is done once.
    return ThreadpoolController()


class _Limit:
    """Hold BLAS at one thread while anybody is inside.

    The limit belongs to the process. Did each thread set and restore it for itself, the one that
    leaves last would restore what it had found, and BLAS would stay at one thread for ever.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._held = ExitStack()

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._held.enter_context(_controller().limit(limits=1, user_api="blas"))
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._held.close()


_limit = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; several threads may be inside, each with one of its own.

    Products with few columns gain little from more threads, and idle ones spin: on a loaded
    machine that costs more than ten times the work. It also keeps sums in one order.
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()

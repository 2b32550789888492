"""Keep BLAS on one thread while the head works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Looking through the loaded libraries takes milliseconds, so it is done once.
    return ThreadpoolController()


class _Depth:
    """Count who is inside; the limit is global, so the last one out must lift it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.inside = 0
        self.limiter: Any = None

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                self.limiter = _controller().limit(limits=1, user_api="blas")
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.limiter.restore_original_limits()


_depth = _Depth()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; may be nested and entered by several threads at once.

    Products with few columns gain little from more threads, and idle ones spin: on a loaded
    machine that costs more than ten times the work. It also keeps sums in one order.
    """
    _depth.enter()
    try:
        yield
    finally:
        _depth.leave()

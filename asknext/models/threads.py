"""Keep BLAS on one thread while the head works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Looking through the loaded libraries takes milliseconds, so it is done once.
    return ThreadpoolController()


# The limit belongs to the process. Were two threads inside at once, the one that leaves last
# would "restore" the limit that it found, and BLAS would stay at one thread for ever.
_turn = RLock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; other threads that want the same wait for their turn.

    Products with few columns gain little from more threads, and idle ones spin: on a loaded
    machine that costs more than ten times the work. It also keeps sums in one order.
    """
    with _turn, _controller().limit(limits=1, user_api="blas"):
        yield

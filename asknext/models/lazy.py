"""Lazy: arrays of a prediction that are computed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any


class Lazy(Mapping[str, Any]):
    """Map names to arrays, each made by a function of no arguments on first use, then kept.

    >>> arrays = Lazy({"mean": lambda: [1.0], "variance": lambda: 1 / 0})
    >>> sorted(arrays), arrays["mean"]
    (['mean', 'variance'], [1.0])
    """

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Any:
        make = self._makers[name]
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

"""Arrays that are computed when they are read, for what few strategies want."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class LazyArrays(Mapping[str, Any]):
    """Hold arrays by name, and makers of further ones that run once, when first asked for.

    A maker returns one or more arrays by name, of those it was announced with.

    >>> arrays = LazyArrays({"a": 1}, {("b", "c"): lambda: {"b": 2, "c": 3}})
    >>> sorted(arrays), arrays["c"], len(arrays)
    (['a', 'b', 'c'], 3, 3)
    """

    def __init__(
        self,
        ready: Mapping[str, Any],
        makers: Mapping[tuple[str, ...], Callable[[], Mapping[str, Any]]],
    ) -> None:
        self._ready = dict(ready)
        self._makers = {name: make for names, make in makers.items() for name in names}
        self._names = [*ready, *(name for name in self._makers if name not in ready)]

    def __getitem__(self, name: str) -> Any:
        if name not in self._ready:
            self._ready |= self._makers[name]()
        return self._ready[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

"""Identity: the id of each example, and of which earlier one it is an exact copy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from asknext.core.examples import POOL, Outline

_KEY = 16  # hex digits of the content key: two texts in 100 million share them with p = 0.0003


class Identity(NamedTuple):
    """Say who an example is; `again` where this very id came before with the same content."""

    id: str
    copy_of: str | None
    again: bool


class Identities:
    """Give ids that are the same whenever the same file is read again.

    A given id stays. Without one the id is made of the content: 16 hex digits, behind them
    ``-2``, ``-3`` … for further copies in the file, and the split before them where it is not
    the pool. Copies are looked for within a split only: a test example never stands for one that
    people label.
    """

    def __init__(self, known: Iterable[Outline] = (), split: str = POOL) -> None:
        self._prefix = "" if split == POOL else f"{split}-"
        self._first: dict[str, str] = {}  # content → id of the first with it
        self._content: dict[str, str] = {}  # id → content, of known and given ids
        self._seen: dict[str, int] = {}  # content → how often in this file
        for outline in known:
            content = outline.key[:_KEY]
            if outline.split == split:
                self._first.setdefault(content, outline.id)
                self._content[outline.id] = content
            else:
                self._content[outline.id] = f"{outline.split}:{content}"

    def settle(self, key: str, given: str | None = None) -> Identity | None:
        """Return the identity of the next example, None where its id is another's already.

        >>> names = Identities()
        >>> names.settle("0123456789abcdef00", "a"), names.settle("0123456789abcdef00", "b")
        (Identity(id='a', copy_of=None, again=False), Identity(id='b', copy_of='a', again=False))
        >>> names.settle("ff", "a") is None
        True
        """
        content = key[:_KEY]
        id = self._made(content) if given is None else given
        held = self._content.get(id)
        if held is not None and held != content:
            return None
        if given is not None:
            self._content[id] = content
        first = self._first.setdefault(content, id)
        return Identity(id, None if first == id else first, held is not None)

    def _made(self, content: str) -> str:
        count = self._seen.get(content, 0) + 1
        self._seen[content] = count
        base = self._prefix + content if self._prefix else content
        return base if count == 1 else f"{base}-{count}"

"""Peek: the first rows of a file, what its columns hold, and a guess at the mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from asknext.core.errors import BadRow, InvalidInput
from asknext.data.columns import Column, columns_of
from asknext.data.formats import detect, open_rows
from asknext.data.kinds import Guessed, guess_for, guess_kind
from asknext.data.mapping import Mapping
from asknext.data.values import plain


@dataclass(frozen=True, slots=True)
class Peek:
    """Show a file: its name, format, columns, first rows, and what it seems to be for.

    `guess` is the mapping, `task` the kind of task, `why` a reason in plain words.
    """

    file: str
    format: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Any], ...]
    guess: Mapping
    task: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**asdict(self), "guess": self.guess.to_json()}


def peek(
    path: str | Path, *, limit: int = 50, format: str | None = None, kind: str | None = None
) -> Peek:
    """Read up to `limit` good rows and guess which column is what; bad rows are passed over.

    With a `kind` of task the columns are guessed for that one.

    Raises:
        NotFound: no such file.
        InvalidInput: an unknown format, or no good row; the message names the first bad one.
    """
    path = Path(path)
    bad: list[BadRow] = []
    format = format or detect(path)
    rows = open_rows(path, format, bad.append)
    shown = [{name: plain(row[name]) for name in row} for _, row in islice(rows, max(1, limit))]
    _close(rows)
    if not shown:
        why = f": {bad[0]}" if bad else ""
        raise InvalidInput(f"{path.name} holds no rows that can be read{why}")
    columns = columns_of(shown)
    found = _guess(columns, shown, kind)
    return Peek(path.name, format, columns, tuple(shown), found.mapping, found.kind, found.why)


def _guess(columns: Sequence[Column], rows: Sequence[dict[str, Any]], kind: str | None) -> Guessed:
    values = {c.name: [row.get(c.name) for row in rows] for c in columns}
    return guess_kind(columns, values) if kind is None else guess_for(kind, columns, values)


def _close(rows: Any) -> None:
    """Let go of the file now, not when the generator is collected."""
    rows.close()

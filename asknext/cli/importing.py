"""What `new`, `import` and `simulate` share about files: columns and bad rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from asknext.cli.output import note
from asknext.core.errors import BadRow
from asknext.loop.opening import guess_mapping


def mapping_of(
    file: Path, text: str | None, label: str | None, id: str | None = None
) -> dict[str, Any]:
    """Return the columns to read: those given, the others guessed; says what was guessed."""
    guess = guess_mapping(file)
    given = {"text": text, "label": label, "id": id}
    found = {**guess, **{name: value for name, value in given.items() if value}}
    guessed = [f"{name} = {found[name]!r}" for name in given if not given[name] and found.get(name)]
    if guessed:
        note(f"columns guessed: {', '.join(guessed)} (override with --text, --label, --id)")
    return found


class BadRowFile:
    """Write bad rows to a file as JSON lines, from the first one on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total = 0
        self._file: IO[str] | None = None

    def __call__(self, row: BadRow) -> None:
        """Write one row."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self.total += 1
        self._file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


@contextmanager
def bad_rows(file: Path, skip: bool) -> Iterator[BadRowFile | None]:
    """Give a place for bad rows where they are to be skipped; tell where they went."""
    if not skip:
        yield None
        return
    sink = BadRowFile(file.with_name(f"{file.name}.bad.jsonl"))
    try:
        yield sink
    finally:
        sink.close()
    if sink.total:
        note(f"{sink.total} bad row(s) left out; they are in {sink.path}")

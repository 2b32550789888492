"""JSON (one array) and JSONL (one value a line)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from asknext.core.errors import BadRow, InvalidInput
from asknext.data.atomic import replacing
from asknext.data.encodings import open_text
from asknext.data.formats import OnBad, Rows
from asknext.data.table import flat, to_json
from asknext.data.values import describe

_CHUNK = 1 << 18
_ROW = "an object of columns, or a text"
_FILE = 'an array of objects or texts, or {"data": [ … ]}'


def read_jsonl(path: Path, on_bad: OnBad) -> Rows:
    """Read one object or text a line; blank lines are skipped, a text is the column ``text``."""
    number = 0
    with open_text(path) as file:
        for at, line in enumerate(file, start=1):
            if not line.strip():
                continue
            number += 1
            try:
                value = json.loads(line)
            except ValueError as error:
                on_bad(BadRow(path.name, number, "", f"broken JSON (line {at}: {error})", _ROW))
                continue
            if row := _as_row(value, path.name, number, on_bad):
                yield number, row


def read_json(path: Path, on_bad: OnBad) -> Rows:
    """Read the elements of one array, or of the array ``data`` in an object, one at a time.

    Nothing can be read behind broken JSON: that row goes to `on_bad` and reading ends.

    Raises:
        InvalidInput: the file holds something else.
    """
    number = 0
    with open_text(path) as file:
        source = _Stream(file)
        _enter_array(source, path.name)
        while source.peek() not in ("]", ""):
            number += 1
            try:
                if number > 1:
                    source.skip(",")
                value = source.value()
            except ValueError as error:
                found = f"broken JSON ({error}); the rest of the file was not read"
                on_bad(BadRow(path.name, number, "", found, _ROW))
                return
            if row := _as_row(value, path.name, number, on_bad):
                yield number, row
        if source.peek() != "]":
            on_bad(BadRow(path.name, number + 1, "", "the end of the file", "']' at the end"))


def _as_row(value: Any, name: str, number: int, on_bad: OnBad) -> dict[str, Any] | None:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict) and value:
        return value
    found = "an empty object" if value == {} else describe(value)
    on_bad(BadRow(name, number, "", found, _ROW))
    return None


def _enter_array(source: _Stream, name: str) -> None:
    """Move behind the ``[`` of the rows; other keys before ``data`` are passed over."""
    try:
        if source.peek() == "{":
            source.skip("{")
            while source.peek() == '"':
                key = source.value()
                source.skip(":")
                if key == "data" and source.peek() == "[":
                    break
                source.value()
                source.skip(",", before="}")
        source.skip("[")
    except ValueError as error:
        found = f"{name} is not the JSON that is read here ({error})"
        raise InvalidInput(f"{found}; allowed: {_FILE}") from error


class _Stream:
    """Decode JSON values one after another from a file, holding one of them at a time."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self._buffer = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is not white space, "" at the end of the file."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in " \t\r\n\ufeff":
                    return self._buffer[self._at]
                self._at += 1
            if not self._more():
                return ""

    def skip(self, mark: str, *, before: str = "") -> None:
        """Pass over `mark`; it may be absent where `before` is next. ValueError otherwise."""
        found = self.peek()
        if found == mark:
            self._at += 1
        elif not before or found != before:
            raise ValueError(f"{mark!r} expected, found {found or 'the end of the file'!r}")

    def value(self) -> Any:
        """Decode the next value; ValueError where it is broken."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._is_broken(error) or not self._more():
                    raise
                continue
            if end == len(self._buffer) and self._more():
                continue  # a number may go on in the next chunk
            self._at = end
            return value

    def _is_broken(self, error: json.JSONDecodeError) -> bool:
        """Tell broken JSON from a value that the buffer cut off."""
        return len(self._buffer) - error.pos > 32 and "Unterminated" not in error.msg

    def _more(self) -> bool:
        """Read as much again as is waiting, at least a chunk; False at the end of the file."""
        if self._ended:
            return False
        rest = self._buffer[self._at :]
        chunk = self._file.read(max(_CHUNK, len(rest)))
        self._buffer, self._at = rest + chunk, 0
        self._ended = not chunk
        return bool(chunk)


def write_jsonl(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a line per row, its fields, label, answers and metadata side by side; return how many.

    Text is UTF-8 and not escaped; types are kept.
    """
    count = 0
    with (
        replacing(path) as beside,
        beside.open("x", encoding="utf-8", errors="replace", newline="\n") as file,
    ):
        for row in rows:
            file.write(to_json(flat(row)) + "\n")
            count += 1
    return count

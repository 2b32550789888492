"""Form: read rows by a mapping, and say what is wrong with those that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from asknext.core.errors import BadRow, BadRows, InvalidAnswer, NotFound
from asknext.core.examples import content_key
from asknext.data import mapping as columns
from asknext.data.formats import OnBad
from asknext.data.values import describe, plain, storable

Check = Callable[[Any], Any]

_LISTED = 100
_NESTED = (Mapping, list, tuple, set, bytes)
_TEXT = "a text that is not empty, without NUL characters and half surrogate pairs"


class Collected:
    """Pass bad rows on, or collect them and raise at the end."""

    def __init__(self, on_bad: OnBad | None) -> None:
        self.total = 0
        self._on_bad = on_bad
        self._rows: list[BadRow] = []

    def __call__(self, row: BadRow) -> None:
        """Take in a bad row."""
        self.total += 1
        if self._on_bad is not None:
            self._on_bad(row)
        elif self.total <= _LISTED:
            self._rows.append(row)

    def finish(self) -> None:
        """Raise BadRows where rows were collected."""
        if self.total and self._on_bad is None:
            raise BadRows(self._rows, self.total)


class Ready(NamedTuple):
    """Be a row whose values are as they should be."""

    number: int
    fields: dict[str, str]
    key: str
    id: str | None
    label: Any
    meta: dict[str, Any]


class Form:
    """Read rows by a mapping; what is not allowed goes to `bad`.

    `check` returns a label in its canonical form or raises InvalidAnswer.
    """

    def __init__(
        self, file: str, mapping: columns.Mapping, bad: Collected, check: Check | None = None
    ) -> None:
        self.file = file
        self.mapping = mapping
        self.bad = bad
        self._check = check
        self._mapped = frozenset(mapping.columns)
        pairs = (("text", mapping.text), ("text_pair", mapping.text_pair))
        self._fields_of = [(name, column) for name, column in pairs if column is not None]

    def check_columns(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Raise NotFound for a mapped column that none of the rows has."""
        there = dict.fromkeys(name for row in rows for name in row)
        for column in self.mapping.columns:
            if column not in there:
                raise NotFound.among(f"column in {self.file}", column, list(there))

    def read(self, number: int, row: Mapping[str, Any]) -> Ready | None:
        """Return the row taken apart, None where it is bad."""
        try:
            fields = self._fields(row)
            label = self._label(row)
            id = self._id(row)
        except _Fault as fault:
            found = describe(row.get(fault.column))
            self.bad(BadRow(self.file, number, fault.column, found, fault.allowed))
            return None
        meta = {name: plain(row[name]) for name in row if name not in self._mapped}
        return Ready(number, fields, content_key(fields), id, label, meta)

    def _fields(self, row: Mapping[str, Any]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for name, column in self._fields_of:
            value = row.get(column)
            if not _is_text(value):
                raise _Fault(column, _TEXT)
            fields[name] = value
        return fields

    def _label(self, row: Mapping[str, Any]) -> Any:
        column = self.mapping.label
        if column is None:
            return None
        value = row.get(column)
        if isinstance(value, _NESTED):
            raise _Fault(column, "a text or a number, or nothing")
        label = as_label(value)
        if label is None or self._check is None:
            return label
        try:
            return self._check(label)
        except InvalidAnswer as error:
            raise _Fault(column, f"one of: {error.allowed}, or nothing") from error

    def _id(self, row: Mapping[str, Any]) -> str | None:
        column = self.mapping.id
        if column is None:
            return None
        id = as_id(row.get(column))
        if id is None:
            raise _Fault(column, "an id: a text or a number")
        return id


class _Fault(Exception):
    """Say which column of a row holds what it may not, and what it may."""

    def __init__(self, column: str, allowed: str) -> None:
        super().__init__(column, allowed)
        self.column, self.allowed = column, allowed


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not value.isspace() and value != "" and storable(value)


def as_id(value: Any) -> str | None:
    """Return a scalar as id, None where there is none.

    >>> as_id(12), as_id([1])
    ('12', None)
    """
    return None if isinstance(value, _NESTED) else as_label(value)


def as_label(value: Any) -> str | None:
    """Return a scalar as label or id text, None where it is missing.

    >>> as_label(3), as_label(3.0), as_label(True), as_label(" spam "), as_label(float("nan"))
    ('3', '3', 'true', 'spam', None)
    """
    if value is None:
        return None
    value = plain(value)
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # what pandas makes of whole numbers when one is missing
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)

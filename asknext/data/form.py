"""Form: read rows by a mapping, and say what is wrong with those that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from asknext.core.errors import BadRow, BadRows, InvalidAnswer, NotFound
from asknext.core.examples import content_key
from asknext.core.tasks import Task
from asknext.core.tasks.preference import FIRST, SECOND
from asknext.data import mapping as columns
from asknext.data.cells import NESTED, Misfit, as_label, listed, read_cell
from asknext.data.formats import OnBad
from asknext.data.tokens import join, locate, spans_of
from asknext.data.values import describe, is_missing, plain, storable

_LISTED = 100
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

    `task` says how labels are written and checks them; without one a label is a text.
    """

    def __init__(
        self, file: str, mapping: columns.Mapping, bad: Collected, task: Task | None = None
    ) -> None:
        self.file = file
        self.mapping = mapping
        self.bad = bad
        self._task = task
        self._kind = "classification" if task is None else task.kind
        self._labels: tuple[str, ...] = tuple(getattr(task, "labels", ()))
        self._mapped = frozenset(mapping.columns)
        pairs = [(name, getattr(mapping, name)) for name in ("text", "text_pair", "a", "b")]
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
            fields, value = self._content(row)
            label = self._checked(value, fields)
            id = self._id(row)
        except _Fault as fault:
            found = fault.found or describe(row.get(fault.column))
            self.bad(BadRow(self.file, number, fault.column, found, fault.allowed))
            return None
        meta = {name: plain(row[name]) for name in row if name not in self._mapped}
        return Ready(number, fields, content_key(fields), id, label, meta)

    def _content(self, row: Mapping[str, Any]) -> tuple[dict[str, str], Any]:
        """Return the fields and what the row says of them, not checked yet."""
        mapping = self.mapping
        fields = {name: _text(row, column) for name, column in self._fields_of}
        value = None if mapping.label is None else self._cell(row, mapping.label)
        if mapping.tokens is not None:
            text, spans = _tagged(row, mapping.tokens, mapping.tags, fields.get("text"))
            fields = {"text": text, **fields}
            value = value if mapping.tags is None else spans
        if mapping.chosen is not None and mapping.rejected is not None:
            pair, value = drawn(
                fields["text"], _text(row, mapping.chosen), _text(row, mapping.rejected)
            )
            fields |= pair
        if mapping.draft is not None and _is_text(row.get(mapping.draft)):
            fields["draft"] = str(row[mapping.draft])
        return fields, value

    def _cell(self, row: Mapping[str, Any], column: str) -> Any:
        try:
            return read_cell(self._kind, row.get(column), self._labels)
        except Misfit as misfit:
            raise _Fault(column, misfit.allowed, misfit.found) from misfit

    def _checked(self, value: Any, fields: Mapping[str, Any]) -> Any:
        if value is None or self._task is None:
            return value
        try:
            return self._task.validate(value, fields)
        except InvalidAnswer as error:
            names = isinstance(value, str)
            allowed = f"one of: {error.allowed}, or nothing" if names else error.allowed
            found = "" if names else str(error).removesuffix(f"; allowed: {error.allowed}")
            raise _Fault(self.mapping.answers or "", allowed, found) from error

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

    def __init__(self, column: str, allowed: str, found: str | None = None) -> None:
        super().__init__(column, allowed, found)
        self.column, self.allowed, self.found = column, allowed, found


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not value.isspace() and value != "" and storable(value)


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    if not _is_text(value):
        raise _Fault(column, _TEXT)
    return value


def as_id(value: Any) -> str | None:
    """Return a scalar as id, None where there is none.

    >>> as_id(12), as_id([1])
    ('12', None)
    """
    return None if isinstance(value, NESTED) else as_label(value)


def drawn(prompt: str, chosen: str, rejected: str) -> tuple[dict[str, str], str]:
    """Return the fields ``a`` and ``b`` of a pair, and which of them was chosen.

    The order is drawn by a hash of the three texts that does not depend on which was chosen, so
    it is the same in every import and about half of the answers are ``a``.

    >>> drawn("2 + 2?", "4", "5"), drawn("2 + 2?", "5", "4")
    (({'a': '5', 'b': '4'}, 'b'), ({'a': '5', 'b': '4'}, 'a'))
    """
    low, high = sorted((chosen, rejected))
    swapped = int(content_key({"text": prompt, "a": low, "b": high})[-1], 16) % 2
    first, second = (high, low) if swapped else (low, high)
    return {"a": first, "b": second}, FIRST if first == chosen else SECOND


def _tagged(
    row: Mapping[str, Any], tokens_in: str, tags_in: str | None, text: str | None
) -> tuple[str, Any]:
    """Return the text of the tokens, and its spans where the tags are given."""
    tokens = sequence(row.get(tokens_in)) or []
    if not tokens or not all(_is_text(token) for token in tokens):
        raise _Fault(tokens_in, "a list of texts, none empty, or texts with blanks between them")
    try:
        text, places = join(tokens) if text is None else (text, locate(tokens, text))
    except ValueError as error:
        raise _Fault(
            tokens_in, "tokens in the order in which they are in the text", str(error)
        ) from error
    tags = None if tags_in is None else sequence(row.get(tags_in))
    if tags is None or tags_in is None:
        return text, None
    if len(tags) != len(tokens):
        raise _Fault(tags_in, f"a tag for each of the {len(tokens)} tokens", f"{len(tags)} tags")
    try:
        return text, spans_of([as_id(tag) for tag in tags], places)
    except ValueError as error:
        raise _Fault(
            tags_in, "tags of one kind: BIO, BIOES or BILOU, or plain", str(error)
        ) from error


def sequence(value: Any) -> list[Any] | None:
    """Return a list, that of a text with blanks between its parts too; None where it is empty.

    >>> sequence("EU rejects"), sequence('["New York"]'), sequence("")
    (['EU', 'rejects'], ['New York'], None)
    """
    value = plain(value)
    if is_missing(value):
        return None
    found = listed(value)
    return str(value).split() if found is None and isinstance(value, str) else found

"""Rows on their way out, as one flat table whose columns are known only at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

from asknext.data.values import plain

Record = dict[str, Any]

_LINE = 500  # rows in a line of the temporary file: JSON is quicker in larger pieces

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain).encode


def flat(row: Mapping[str, Any]) -> Record:
    """Put id, fields, label, annotators, copy_of, split, answers and metadata side by side.

    A metadata column whose name is taken gets ``meta_`` before it. `annotators` are those who
    gave a label, in the order of the answers.

    >>> flat({"id": "7", "fields": {"text": "hi"}, "label": "yes", "meta": {"label": 1}})
    {'id': '7', 'text': 'hi', 'label': 'yes', 'annotators': [], 'copy_of': None, 'answers': [], \
'meta_label': 1}
    """
    answers = row.get("answers") or []
    named = dict.fromkeys(a["who"] for a in answers if a.get("action") == "label")
    record = {"id": row["id"], **row["fields"], "label": row.get("label")}
    record |= {"annotators": list(named), "copy_of": row.get("copy_of")}
    if "split" in row:
        record["split"] = row["split"]
    record["answers"] = list(answers)
    for name, value in (row.get("meta") or {}).items():
        while name in record:
            name = f"meta_{name}"
        record[name] = value
    return record


def as_text(value: Any) -> str:
    """Write a value into a cell: text as it is, None empty, names with ``;``, the rest as JSON.

    >>> as_text("=1"), as_text(None), as_text(["ann", "bo"]), as_text({"a": 1})
    ('=1', '', 'ann;bo', '{"a":1}')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    return to_json(value)


def label_as_text(value: Any) -> str:
    """Write a label into a cell so that it can be read back: several with ``;`` where that works.

    >>> label_as_text(["food", "price"]), label_as_text([]), label_as_text(["a;b", "c"])
    ('food;price', '[]', '["a;b","c"]')
    >>> label_as_text([{"start": 0, "end": 2, "label": "PER"}])
    '[{"start":0,"end":2,"label":"PER"}]'
    """
    if isinstance(value, list) and (not value or any(_splits(item) for item in value)):
        return to_json(value)
    return as_text(value)


def _splits(item: Any) -> bool:
    return not isinstance(item, str) or ";" in item or item.startswith("[")


def _whole(value: int) -> type:
    """Return int; text where it has more than 64 bits, which no typed column holds."""
    return int if -(2**63) <= value < 2**63 else str


class Table:
    """Keep the flat rows in a temporary file; `columns` maps each column to its value types.

    `kind` is the kind of task, empty where the rows do not say. Iterating reads the rows
    again, in order. Memory stays small whatever the number of rows.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], *, answers: bool) -> None:
        self.columns: dict[str, set[type]] = {}
        self.count = 0
        self.kind = ""
        self._file: IO[str] = TemporaryFile(  # noqa: SIM115 - closed in __exit__
            "w+", encoding="utf-8", errors="replace", newline="\n"
        )
        with ExitStack() as until_filled:
            until_filled.enter_context(self._file)
            self._fill(rows, () if answers else ("answers",))
            until_filled.pop_all()

    def _fill(self, rows: Iterable[Mapping[str, Any]], dropped: tuple[str, ...]) -> None:
        records = (self._noted(flat(row), dropped) for row in self._watched(rows))
        while part := list(islice(records, _LINE)):
            self._file.write(to_json(part) + "\n")
        if not self.columns:
            self.columns.update({name: set() for name in ("id", "text", "label")})

    def _watched(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        for row in rows:
            self.kind = self.kind or str((row.get("task") or {}).get("kind") or "")
            yield row

    def _noted(self, record: Record, dropped: tuple[str, ...]) -> Record:
        for name in dropped:
            del record[name]
        columns = self.columns
        for name, value in record.items():
            kind = type(value) if type(value) is not int else _whole(value)
            if name not in columns:
                columns[name] = {kind}
            elif kind not in columns[name]:
                columns[name].add(kind)
        self.count += 1
        return record

    def __iter__(self) -> Iterator[Record]:
        self._file.seek(0)
        for line in self._file:
            yield from json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

"""CSV and TSV: dialect found from the beginning of the file, quoted line breaks, huge cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from pathlib import Path
from typing import Any

from asknext.core.errors import BadRow
from asknext.data.atomic import replacing
from asknext.data.encodings import open_text
from asknext.data.formats import OnBad, Rows
from asknext.data.table import Table, as_text, label_as_text

_SAMPLE = 1 << 18
_NO_DELIMITER = "\x1f"  # what a file of a single column is read with
_QUOTED: dict[str, Any] = {"quoting": csv.QUOTE_MINIMAL, "strict": True}
_SPACED: dict[str, Any] = {**_QUOTED, "skipinitialspace": True}
_BACKSLASH: dict[str, Any] = {**_QUOTED, "doublequote": False, "escapechar": "\\"}
_BARE: dict[str, Any] = {"quoting": csv.QUOTE_NONE, "strict": True}
_LONGEST = 2**31 - 1  # a C long everywhere


def read_csv(path: Path, on_bad: OnBad) -> Rows:
    """Read rows separated by comma, semicolon, tab or bar; the first line names the columns.

    Rows with more or fewer cells than the header and rows with broken quotes go to `on_bad`.
    """
    return _read(path, on_bad, list(product(",;\t|", (_QUOTED, _SPACED, _BACKSLASH))))


def read_tsv(path: Path, on_bad: OnBad) -> Rows:
    """Read rows separated by tabs, with quotes where they pair up, else as ordinary letters."""
    return _read(path, on_bad, [("\t", _QUOTED), ("\t", _BARE)])


def _read(path: Path, on_bad: OnBad, dialects: list[tuple[str, dict[str, Any]]]) -> Rows:
    csv.field_size_limit(_LONGEST)
    with open_text(path, newline="") as file:
        delimiter, style = _dialect(file.read(_SAMPLE), dialects)
        file.seek(0)
        records = _records(csv.reader(file, delimiter=delimiter, **style), path.name, on_bad)
        header = _header(next(records, (0, []))[1])
        width = len(header)
        for number, cells in records:
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]
            if len(cells) == width:
                yield number, dict(zip(header, cells, strict=True))
            else:
                on_bad(_wrong_width(path.name, number, header, len(cells)))


def _dialect(sample: str, dialects: list[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Take the dialect under which most rows are as wide as the header, the first of equals."""
    if '\\"' not in sample:  # else it would excuse any broken quote
        dialects = [(mark, style) for mark, style in dialects if style is not _BACKSLASH]
    scores = [_evenness(*_widths(sample, *dialect)) for dialect in dialects]
    if max(scores) > 0:
        return dialects[scores.index(max(scores))]
    broken = [_widths(sample, _NO_DELIMITER, style)[1] for _, style in dialects]
    return _NO_DELIMITER, dialects[broken.index(min(broken))][1]


def _evenness(widths: list[int], broken: int) -> float:
    """Return the share of rows as wide as the header; 0 where that is one cell wide."""
    if not widths or widths[0] < 2:
        return 0.0
    return widths.count(widths[0]) / (len(widths) + broken)


def _widths(sample: str, delimiter: str, style: dict[str, Any]) -> tuple[list[int], int]:
    """Return how wide each record of the sample is that is not blank, and how many are broken."""
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, **style)
    widths: list[int] = []
    broken = 0
    while True:
        try:
            for cells in rows:  # one by one: a broken record must not take the earlier ones along
                if cells:
                    widths.append(len(cells))
            break
        except csv.Error:
            broken += 1
    if len(sample) < _SAMPLE:
        return widths, broken
    return widths[:-1] or widths, max(0, broken - 1)  # the sample cuts the last one


def _records(reader: Any, name: str, on_bad: OnBad) -> Iterator[tuple[int, list[str]]]:
    """Number the records that are not blank, the header 0; broken ones go to `on_bad`."""
    number = 0
    while True:
        before = reader.line_num
        try:
            for cells in reader:
                before = reader.line_num
                if cells:
                    yield number, cells
                    number += 1
            return
        except csv.Error as error:
            found = f"a broken record ({error}; lines {before + 1} to {reader.line_num})"
            allowed = 'quotes that are closed, and doubled ("") inside quotes'
            on_bad(BadRow(name, number, "", found, allowed))
            number += 1


def _header(cells: list[str]) -> list[str]:
    """Name the columns; empty and repeated names get a number."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = base = cell.strip().lstrip("\ufeff") or f"column_{place}"
        again = 2
        while name in names:
            name, again = f"{base}_{again}", again + 1
        names.append(name)
    return names


def _wrong_width(name: str, number: int, header: list[str], found: int) -> BadRow:
    column = header[min(found, len(header) - 1)]
    allowed = f"{len(header)}, as in the header; quote cells that hold a separator"
    return BadRow(name, number, column, f"{found} cells", allowed)


def _cells(record: Mapping[str, Any], names: list[str]) -> list[str]:
    cells = [x if type(x := record.get(name)) is str else as_text(x) for name in names]
    if isinstance(label := record.get("label"), list):
        cells[names.index("label")] = label_as_text(label)
    return cells


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write rows as UTF-8 CSV (RFC 4180) and return how many.

    Columns: id, the fields, label, annotators (``;`` between them), copy_of, the metadata.
    Several labels have ``;`` between them, none of them is ``[]``; spans are JSON.
    Nothing is altered: a cell that begins with ``=``, ``+``, ``-`` or ``@`` stays as it is, so
    a spreadsheet may take it for a formula. None becomes an empty cell.
    """
    with Table(rows, answers=False) as table, replacing(path) as beside:
        # \r\n also makes the writer of Python < 3.13 quote cells that hold a bare \r.
        with beside.open("x", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(table.columns)
            names = list(table.columns)
            lines = (_cells(row, names) for row in table)
            while part := list(islice(lines, 10_000)):
                writer.writerows(part)
        return table.count

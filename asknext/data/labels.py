"""What the label column of a file says of its task: the labels there are, or the scale."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from asknext.core.errors import BadRow, InvalidInput, NotFound
from asknext.data.cells import SEPARATORS, Misfit, listed, read_cell, split_labels
from asknext.data.columns import is_number
from asknext.data.form import as_id, sequence
from asknext.data.formats import detect, open_rows
from asknext.data.tokens import label_of

MOST = 1000


def distinct_labels(
    path: str | Path, column: str, limit: int = MOST, *, kind: str = "classification"
) -> list[str]:
    """Return the distinct labels of a column as texts, sorted; empty cells do not count.

    `kind` says how cells are read: one label each (``classification``), several
    (``multi_label``), or spans or tags of tokens (``tagging``), whose ``B-`` and ``I-`` are no
    part of the label. Cells that cannot be read are left to the import, which reports them.

    Raises:
        NotFound: no row has the column.
        InvalidInput: it is empty, or has more than `limit` values and so does not look like labels.
    """
    path = Path(path)
    found = _split(path, column, limit) if kind == "multi_label" else set()
    read = {"tagging": _of_spans, "multi_label": _of_lists}.get(kind, _of_one)
    for value in _cells(path, column):
        found.update(read(value))
        _refuse_many(found, path, column, limit)
    if not found:
        raise InvalidInput(f"column {column!r} of {path.name} is empty; give the labels instead")
    return sorted(found)


def scale(path: str | Path, column: str) -> dict[str, float]:
    """Return round ends ``low`` and ``high`` of the numbers in a column, and ``step``.

    The step is 1 where all numbers are whole, else 0, which leaves it to the task.

    Raises:
        NotFound: no row has the column.
        InvalidInput: it holds fewer than two different numbers.
    """
    numbers = [float(value) for value in _cells(Path(path), column) if is_number(value)]
    if len(set(numbers)) < 2:
        raise InvalidInput(
            f"column {column!r} of {Path(path).name} does not hold different numbers; give the "
            "ends of the scale, low and high, instead"
        )
    low, high = round_ends(min(numbers), max(numbers))
    whole = all(number.is_integer() for number in numbers)
    return {"low": low, "high": high, "step": 1.0 if whole else 0.0}


def round_ends(low: float, high: float) -> tuple[float, float]:
    """Widen a range to round numbers.

    >>> round_ends(1.2, 4.6), round_ends(0.03, 0.97), round_ends(3, 96)
    ((1.0, 5.0), (0.0, 1.0), (0.0, 100.0))
    """
    places = -floor(log10(high - low))
    unit = 10.0**-places
    return round(floor(low / unit) * unit, places), round(ceil(high / unit) * unit, places)


def _cells(path: Path, column: str) -> Iterator[Any]:
    """Walk through a column; raises NotFound at the end where no row had it."""
    seen: dict[str, None] = {}
    for _, row in open_rows(path, detect(path), _leave):
        if not row.keys() <= seen.keys():
            seen.update(dict.fromkeys(row))
        if column in row:
            yield row[column]
    if column not in seen:
        raise NotFound.among(f"column in {path.name}", column, list(seen))


def _of_one(value: Any) -> set[str]:
    label = as_id(value)
    return set() if label is None else {label}


def _of_lists(value: Any) -> set[str]:
    return set() if isinstance(value, str) else set(_read("multi_label", value) or ())


def _of_spans(value: Any) -> set[str]:
    spans = _read("tagging", value)
    labels = sequence(value) or [] if spans is None else [span["label"] for span in spans]
    names = (label_of(as_id(label)) if spans is None else label for label in labels)
    return {name for name in names if name is not None}


def _read(kind: str, value: Any) -> Any:
    try:
        return read_cell(kind, value)
    except Misfit:
        return None


def _split(path: Path, column: str, limit: int) -> set[str]:
    """Split the text cells of a column by the first separator that any of them has."""
    texts = dict.fromkeys(value for value in _cells(path, column) if isinstance(value, str))
    flat = [text for text in texts if listed(text) is None]
    mark = next((mark for mark in SEPARATORS if any(mark in text for text in flat)), ";")
    found: set[str] = set()
    for text in texts:
        found.update(label for label in split_labels(text, separator=mark) if label)
        _refuse_many(found, path, column, limit)
    return found


def _refuse_many(found: set[str], path: Path, column: str, limit: int) -> None:
    if len(found) > limit:
        raise InvalidInput(
            f"column {column!r} of {path.name} has more than {limit} different values; "
            "it does not look like labels"
        )


def _leave(_: BadRow) -> None:
    """Leave bad rows to the import that follows, which reports them."""

"""The distinct labels of a file, without making examples of its rows."""

from __future__ import annotations

from pathlib import Path

from asknext.core.errors import BadRow, InvalidInput, NotFound
from asknext.data.form import as_id
from asknext.data.formats import detect, open_rows

MOST = 1000


def distinct_labels(path: str | Path, column: str, limit: int = MOST) -> list[str]:
    """Return the distinct values of a label column as texts, sorted; empty cells do not count.

    Raises:
        NotFound: no row has the column.
        InvalidInput: it is empty, or has more than `limit` values and so does not look like labels.
    """
    path = Path(path)
    found: set[str] = set()
    seen: dict[str, None] = {}
    for _, row in open_rows(path, detect(path), _leave):
        if not row.keys() <= seen.keys():
            seen.update(dict.fromkeys(row))
        label = as_id(row.get(column))
        if label is not None:
            found.add(label)
        if len(found) > limit:
            raise InvalidInput(
                f"column {column!r} of {path.name} has more than {limit} different values; "
                "it does not look like labels"
            )
    if column not in seen:
        raise NotFound.among(f"column in {path.name}", column, list(seen))
    if not found:
        raise InvalidInput(f"column {column!r} of {path.name} is empty; give the labels instead")
    return sorted(found)


def _leave(_: BadRow) -> None:
    """Leave bad rows to the import that follows, which reports them."""

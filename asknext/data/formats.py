"""Which file is read how: by its suffix, or because it is a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import BadRow, InvalidInput, NotFound

OnBad = Callable[[BadRow], None]
Rows = Iterator[tuple[int, dict[str, Any]]]
Reader = Callable[[Path, OnBad], Rows]

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    **dict.fromkeys((".conll", ".iob", ".iob2", ".bio"), "conll"),
}


def detect(path: str | Path) -> str:
    """Name the format of a file by its suffix; ``.gz`` behind it is looked through.

    A folder, ``folder::split`` and a name without a suffix (``owner/name`` on the Hugging Face
    hub) are ``datasets``.

    Raises:
        InvalidInput: an unknown suffix; the message lists the formats.

    >>> detect("a/b.CSV"), detect("b.jsonl.gz"), detect("owner/name::train")
    ('csv', 'jsonl', 'datasets')
    """
    path = Path(path)
    if path.is_dir() or "::" in path.name:
        return "datasets"
    suffix = _suffix(path)
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if suffix[1:] in registry.names("reader"):
        return suffix[1:]
    if not suffix:
        return "datasets"
    known = ", ".join(sorted(SUFFIXES))
    raise InvalidInput(
        f"{path.name!r} has no suffix that asknext reads; allowed: {known} (.gz behind it is fine "
        "for text files), a folder of a saved Hugging Face data set, or name the format"
    )


def _suffix(path: Path) -> str:
    unpacked = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return unpacked.suffix.lower()


def split_choice(path: str | Path) -> tuple[Path, str | None]:
    """Take ``path::split`` apart; the split is None where none is named.

    >>> split_choice("folder::test")[1], split_choice("folder")[1]
    ('test', None)
    """
    name, mark, split = str(path).partition("::")
    return Path(name), split if mark else None


def open_rows(path: Path, format: str | None, on_bad: OnBad) -> Rows:
    """Start reading a file as (row number from 1, columns) in the given or detected format.

    Raises:
        NotFound: no such file, or no such format.
    """
    format = format or detect(path)
    reader: Reader = registry.get("reader", format)
    if format != "datasets" and not path.is_file():
        raise NotFound(f"there is no file {str(path)!r}")
    return reader(path, on_bad)

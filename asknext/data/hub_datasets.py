"""Hugging Face data sets: a folder written by `save_to_disk`, or a name on the hub."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from asknext.core.errors import InvalidInput, NotFound
from asknext.core.imports import require
from asknext.data.atomic import replacing
from asknext.data.formats import OnBad, Rows, split_choice
from asknext.data.parquet import batches_of, class_names, number_rows, schema_of
from asknext.data.table import Table

_BATCH = 1000


def _library() -> Any:
    return require("datasets", extra="datasets", purpose="a Hugging Face data set")


def read_dataset(path: Path, on_bad: OnBad) -> Rows:
    """Read a saved folder or a data set of the hub; ``path::split`` chooses one of its splits.

    Raises:
        InvalidInput: neither can be read, or it has several splits and none is chosen.
        NotFound: it has no such split.
        MissingExtra: the library datasets is not installed.
    """
    place, split = split_choice(path)
    loaded = _load_folder(place) if place.exists() else _load_name(place.as_posix())
    data = _choose(loaded, split, place.as_posix()).with_format("arrow")
    classes = class_names(data.features.arrow_schema.metadata or {})
    tables = (data[start : start + _BATCH] for start in range(0, len(data), _BATCH))
    yield from number_rows(tables, classes)


def _load_folder(folder: Path) -> Any:
    library = _library()
    try:
        return library.load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{str(folder)!r} is not a folder that Hugging Face `save_to_disk` wrote: {error}"
        ) from error


def _load_name(name: str) -> Any:
    library = _library()
    try:
        _resolve_hub()
        return library.load_dataset(name)
    except (OSError, ValueError, RuntimeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InvalidInput(
            f"there is no folder {name!r} here, and the Hugging Face hub did not give a data set "
            f"of that name: {first}. Give a file, a folder that `save_to_disk` wrote, or check "
            "the network (HF_HUB_OFFLINE=1 uses what was downloaded before)."
        ) from error


def _resolve_hub() -> None:
    """Raise OSError at once where the hub has no address; the library would try for 25 s."""
    hub = require("huggingface_hub.constants", extra="datasets", purpose="the Hugging Face hub")
    if not hub.HF_HUB_OFFLINE and not getproxies():
        socket.getaddrinfo(urlsplit(hub.ENDPOINT).hostname, None)


def _choose(loaded: Any, split: str | None, name: str) -> Any:
    """Return the chosen split, or the only one."""
    if not isinstance(loaded, dict):
        if split is not None:
            raise NotFound(f"{name!r} is a single split and has none named {split!r}; leave it out")
        return loaded
    if split is None and len(loaded) == 1:
        return next(iter(loaded.values()))
    if split is None:
        there = ", ".join(f"{name}::{other}" for other in loaded)
        raise InvalidInput(f"{name!r} has several splits; choose one of: {there}")
    if split not in loaded:
        raise NotFound.among("split", split, list(loaded))
    return loaded[split]


def write_dataset(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a folder that `datasets.load_from_disk` reads and return the number of rows.

    Columns are those of the Parquet file.
    """
    library = _library()
    arrow = require("pyarrow", extra="parquet", purpose="a Hugging Face data set")
    with Table(rows, answers=True) as table, replacing(path) as beside:
        schema = schema_of(table)
        data = arrow.Table.from_batches(batches_of(table, schema), schema=schema)
        with _quiet(library):
            library.Dataset(data).save_to_disk(str(beside))
        return table.count


@contextmanager
def _quiet(library: Any) -> Iterator[None]:
    """Keep the library's progress bars out of the terminal."""
    shown = not library.are_progress_bars_disabled()
    library.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            library.enable_progress_bars()

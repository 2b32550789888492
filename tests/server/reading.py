"""Read what was taken away: each format as id to label, None where there is none."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def _csv(data: bytes, _: Path) -> dict[str, Any]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    return {row["id"]: row["label"] for row in rows}


def _jsonl(data: bytes, _: Path) -> dict[str, Any]:
    rows = map(json.loads, data.decode().splitlines())
    return {row["id"]: row["label"] for row in rows}


def _parquet(data: bytes, _: Path) -> dict[str, Any]:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")
    rows = parquet.read_table(io.BytesIO(data)).to_pylist()
    return {row["id"]: row["label"] for row in rows}


def _label_studio(data: bytes, _: Path) -> dict[str, Any]:
    found = {}
    for task in json.loads(data):
        results = [result for given in task["annotations"] for result in given["result"]]
        found[task["data"]["asknext_id"]] = results[0]["value"]["choices"][0] if results else None
    return found


def _dataset(data: bytes, folder: Path) -> dict[str, Any]:
    datasets = pytest.importorskip("datasets", reason="needs the extra 'datasets'")
    zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    rows = datasets.load_from_disk(str(folder))
    names = rows.features["label"]
    read = names.int2str if hasattr(names, "int2str") else (lambda value: value)
    return {row["id"]: None if row["label"] in (None, -1) else read(row["label"]) for row in rows}


READERS: dict[str, Callable[[bytes, Path], dict[str, Any]]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "label-studio": _label_studio,
    "datasets": _dataset,
}

"""Runs as lines of JSON while a benchmark is going on, as Parquet once they are kept for good."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from asknext.encoders.precision import VARIABLE

Row = dict[str, Any]
OUT = Path("benchmarks/out")  # where runs go that nothing else is said about
KEY = b"asknext.versions"
OURS = ("asknext", "numpy", "scipy", "scikit-learn", "torch")
PEERS = ("small-text", "scikit-activeml")


def versions() -> dict[str, str]:
    """Return the versions of what the runs depend on, of what is installed."""
    found = {"python": platform.python_version()}
    for name in (*OURS, *PEERS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def alike() -> None:
    """Compute vectors in fp32 unless asked otherwise: runs of any two machines can be compared.

    In bf16, which some have in hardware, the groups that typical texts stand for differ.
    """
    os.environ.setdefault(VARIABLE, "fp32")


def read(path: Path) -> list[Row]:
    """Read the runs that are there, none where there is no file."""
    if not path.exists():
        return []
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        found: list[Row] = pq.read_table(path).to_pylist()
        return found
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def add(path: Path, row: Row) -> None:
    """Write one more run."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def store(path: Path, rows: Sequence[Row]) -> None:
    """Write runs as Parquet, with the versions that they were made with in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(list(rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {KEY: json.dumps(versions()).encode()}
    pq.write_table(table.replace_schema_metadata(made), path, compression="zstd")

"""Stored: all runs in one Parquet file, with how and where they were made in its metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.lines import Row

KEY = b"asknext.labels"
AND = " and "
NAME = "labels"  # of the file; other benchmarks keep theirs as `benchmarks.lines` does


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write the runs, by set, strategy and seed; qualities as float32."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            *((name, pa.dictionary(pa.int16(), pa.string())) for name in ("set", "kind", "metric")),
            ("strategy", pa.dictionary(pa.int16(), pa.string())),
            ("encoder", pa.dictionary(pa.int16(), pa.string())),
            *(("seed", pa.int16()), ("full", pa.float32())),
            *(("labels", pa.list_(pa.int32())), ("quality", pa.list_(pa.float32()))),
            ("minutes", pa.list_(pa.float32())),
        ]
    )
    order = sorted(rows, key=lambda row: (row["set"], row["strategy"], row["seed"]))
    flat = [{**row, "encoder": row["how"]["encoder"]} for row in order]
    told = pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in flat], schema=schema
    )
    made = {KEY: json.dumps(about(rows)).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(told.replace_schema_metadata(made), path, compression="zstd")


def about(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the protocol, the machines and the versions behind the runs."""
    how = {key: value for key, value in rows[0]["how"].items() if key != "encoder"}
    machines = sorted({machine for row in rows for machine in row["machine"].split("; ")})
    told: dict[str, set[str]] = {}
    for row in rows:
        for name, number in row.get("versions", {}).items():
            told.setdefault(name, set()).update(number.split(AND))
    numbers = {name: AND.join(sorted(found)) for name, found in told.items()}
    return {"how": how, "machines": machines, "versions": numbers}


def read(path: Path) -> list[Row]:
    """Return the runs of a file; each says what `about` said of all."""
    import pyarrow.parquet as pq

    found = pq.read_table(path)
    told = json.loads(found.schema.metadata[KEY])
    shared = {"model": "instant", "versions": told["versions"]}
    shared["machine"] = "; ".join(told["machines"])
    return [
        {**row, **shared, "how": {**told["how"], "encoder": row.pop("encoder")}}
        for row in found.to_pylist()
    ]

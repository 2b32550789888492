"""Parquet, in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.core.imports import require
from asknext.data.atomic import replacing
from asknext.data.formats import OnBad, Rows
from asknext.data.table import Record, Table, to_json

_BATCH = 4096
_ANSWER = {
    "who": "string",
    "action": "string",
    "value": "string",
    "at": "float64",
    "seconds": "float64",
    "note": "string",
}


def _arrow(module: str) -> Any:
    return require(module, extra="parquet", purpose="Parquet")


def read_parquet(path: Path, on_bad: OnBad) -> Rows:
    """Read rows batch by batch; the class names that Hugging Face wrote replace class numbers.

    Raises:
        InvalidInput: not a Parquet file, or a damaged one.
        MissingExtra: pyarrow is not installed.
    """
    arrow = _arrow("pyarrow")
    try:
        with _arrow("pyarrow.parquet").ParquetFile(path) as file:
            classes = class_names(file.schema_arrow.metadata or {})
            batches = file.iter_batches(_BATCH, use_threads=False)
            yield from number_rows(batches, classes)
    except (arrow.ArrowException, OSError) as error:
        raise InvalidInput(f"{path.name} is not a readable Parquet file: {error}") from error


def number_rows(batches: Iterable[Any], classes: Mapping[str, list[str]]) -> Rows:
    """Count the rows of Arrow batches from 1; columns in `classes` become class names."""
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            number += 1
            for column, names in classes.items():
                row[column] = _named(row[column], names)
            yield number, row


def _named(value: Any, names: list[str]) -> Any:
    """Name a class, or each of a list; Hugging Face writes -1 where there is no label."""
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Find the ClassLabel columns in the schema metadata that Hugging Face datasets write.

    A list of class labels, as the tags of tokens are, counts as such a column.
    """
    try:
        info = json.loads(metadata.get(b"huggingface", b"{}"))
        features = info.get("info", {}).get("features", {})
        inner = {column: _innermost(feature) for column, feature in features.items()}
        return {
            column: list(feature["names"])
            for column, feature in inner.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}  # somebody else's metadata under that name


def _innermost(feature: Any) -> Any:
    while isinstance(feature, dict) and feature.get("_type") in ("Sequence", "List", "LargeList"):
        feature = feature["feature"]
    return feature[0] if isinstance(feature, list) and len(feature) == 1 else feature


def write_parquet(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write rows with typed columns (zstd) and return how many.

    Metadata columns are int64, float64, bool or string by their values; where they are mixed
    or nested, they are JSON text. `answers` is a list of structs.
    """
    parquet = _arrow("pyarrow.parquet")
    with Table(rows, answers=True) as table, replacing(path) as beside:
        schema = schema_of(table)
        with parquet.ParquetWriter(beside, schema, compression="zstd") as writer:
            for batch in batches_of(table, schema):
                writer.write_batch(batch)
        return table.count


def schema_of(table: Table) -> Any:
    """Return the Arrow schema of a table; lists of labels and of spans have types of their own."""
    arrow = _arrow("pyarrow")
    span = arrow.struct(
        [("start", arrow.int64()), ("end", arrow.int64()), ("label", _type("string"))]
    )
    labels = {
        "multi_label": arrow.list_(arrow.string()),
        "tagging": arrow.list_(span),
        "regression": arrow.float64(),
    }
    kinds = {
        **({"label": labels[table.kind]} if table.kind in labels else {}),
        "annotators": arrow.list_(arrow.string()),
        "answers": arrow.list_(arrow.struct([(k, _type(v)) for k, v in _ANSWER.items()])),
    }
    return arrow.schema(
        [(name, kinds.get(name, _type(_kind(types)))) for name, types in table.columns.items()]
    )


def _type(name: str) -> Any:
    return _arrow("pyarrow").type_for_alias(name)


def _kind(types: set[type]) -> str:
    """Name the Arrow type that holds all these Python types; text where none does."""
    given = types - {type(None)}
    if given == {bool}:
        return "bool"
    if given == {int}:
        return "int64"
    return "float64" if given and given <= {int, float} else "string"


def batches_of(table: Table, schema: Any) -> Iterator[Any]:
    """Walk through the table as Arrow record batches."""
    arrow = _arrow("pyarrow")
    rows = iter(table)
    while part := list(islice(rows, _BATCH)):
        columns = [_column(part, field) for field in schema]
        yield arrow.record_batch(columns, schema=schema)


def _column(rows: list[Record], field: Any) -> Any:
    arrow = _arrow("pyarrow")
    values = [row.get(field.name) for row in rows]
    if field.name == "answers":
        values = [[_answer(answer) for answer in answers or ()] for answers in values]
    elif field.type == arrow.string():
        values = [_text_or_none(value) for value in values]
    elif field.type == arrow.float64():  # a large whole number would be refused
        values = [None if value is None else float(value) for value in values]
    return arrow.array(values, type=field.type)


def _answer(answer: Mapping[str, Any]) -> Record:
    return {**{name: answer.get(name) for name in _ANSWER}, "value": _value(answer)}


def _value(answer: Mapping[str, Any]) -> str | None:
    return _text_or_none(answer.get("value"))


def _text_or_none(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else to_json(value)

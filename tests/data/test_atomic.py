"""Atomic writing: the old file or the whole new one, and nothing left beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.data.atomic import replacing

NAMES = {
    "csv": "out.csv",
    "jsonl": "out.jsonl",
    "parquet": "out.parquet",
    "datasets": "out",
    "conll": "out.conll",
    "label-studio": "out.json",
}


def rows(count: int) -> Iterator[dict[str, Any]]:
    for i in range(count):
        yield {"id": str(i), "fields": {"text": f"text {i}"}, "label": [], "meta": {}}
    raise RuntimeError("the store went away")


def write(name: str, given: Any, path: Path) -> int:
    if name in ("parquet", "datasets"):
        pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    if name == "datasets":
        pytest.importorskip("datasets", reason="needs the extra 'datasets'")
    return int(registry.get("writer", name)(given, path))


@pytest.mark.parametrize("name", registry.names("writer"))
def test_a_failing_export_leaves_the_old_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / NAMES[name]
    path.write_text("old")
    with pytest.raises(RuntimeError, match="went away"):
        write(name, rows(1500), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", registry.names("writer"))
def test_a_second_export_replaces_the_first(tmp_path: Path, name: str) -> None:
    path = tmp_path / NAMES[name]
    given = [{"id": str(i), "fields": {"text": f"text {i}"}, "label": []} for i in range(3)]
    assert [write(name, given, path), write(name, given[:1], path)] == [3, 1]
    beside = {"out.config.xml"} if name == "label-studio" else set()
    assert {p.name for p in tmp_path.iterdir()} == {path.name} | beside


@pytest.mark.parametrize("name", registry.names("writer"))
def test_no_rows_make_a_file_without_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / NAMES[name]
    assert write(name, [], path) == 0
    assert path.exists()


def test_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no folder"), replacing(tmp_path / "no" / "a"):
        pass


def test_a_file_does_not_replace_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with pytest.raises(InvalidInput, match="is a folder"), replacing(folder) as beside:
        beside.write_text("new")
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]

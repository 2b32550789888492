"""Parquet and Hugging Face data sets: types, class names, splits, round trips."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asknext.core.errors import BadRow, InvalidInput, NotFound
from asknext.data.examples import read_examples
from asknext.data.hub_datasets import read_dataset, write_dataset
from asknext.data.parquet import read_parquet, write_parquet

arrow = pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")

ANSWER = {"who": "ann", "action": "label", "value": "x", "at": 1.5, "seconds": 2.0, "note": ""}


def refuse(row: BadRow) -> None:
    raise AssertionError(row)


@pytest.fixture
def library() -> Any:
    return pytest.importorskip("datasets", reason="needs the extra 'datasets'")


@pytest.fixture
def folder(library: Any, tmp_path: Path) -> Path:
    features = library.Features(
        {"text": library.Value("string"), "label": library.ClassLabel(names=["负", "正"])}
    )
    train = library.Dataset.from_dict({"text": ["a", "b"], "label": [1, None]}, features=features)
    test = library.Dataset.from_dict({"text": ["c"], "label": [0]}, features=features)
    library.disable_progress_bars()
    library.DatasetDict({"train": train, "test": test}).save_to_disk(tmp_path / "both")
    train.save_to_disk(tmp_path / "single")
    train.to_parquet(tmp_path / "single.parquet")
    library.enable_progress_bars()
    return tmp_path


def test_splits_are_chosen_by_name(folder: Path) -> None:
    assert list(read_dataset(Path(f"{folder}/both::test"), refuse)) == [
        (1, {"text": "c", "label": "负"})
    ]
    with pytest.raises(InvalidInput, match=r"several splits; choose one of: .*both::train"):
        list(read_dataset(folder / "both", refuse))
    with pytest.raises(NotFound, match="no split named 'dev'; there is: test, train"):
        list(read_dataset(Path(f"{folder}/both::dev"), refuse))
    with pytest.raises(NotFound, match="a single split"):
        list(read_dataset(Path(f"{folder}/single::train"), refuse))


@pytest.mark.parametrize("name", ["single", "single.parquet"])
def test_class_names_replace_class_numbers(folder: Path, name: str) -> None:
    pairs = list(read_examples(folder / name, {"text": "text", "label": "label"}))
    assert [(e.fields["text"], label) for e, label in pairs] == [("a", "正"), ("b", None)]


def test_a_folder_of_something_else_is_refused(library: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not a folder that Hugging Face"):
        list(read_dataset(tmp_path, refuse))


def test_hub_without_network_says_so(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(hub, "ENDPOINT", "https://hub.invalid")
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidInput, match=r"no folder 'owner/name' here.*check the network"):
        list(read_dataset(Path("owner/name::train"), refuse))


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(InvalidInput, match=r"a\.parquet is not a readable Parquet file"):
        list(read_parquet(path, refuse))


def test_metadata_becomes_plain_json(tmp_path: Path) -> None:
    table = arrow.table(
        {
            "text": ["a"],
            "day": [dt.date(2024, 2, 29)],
            "at": [dt.datetime(2024, 2, 29, 12, 30)],
            "score": [float("nan")],
            "picture": [b"\x89PNG"],
            "tags": [["x", None]],
            "kind": arrow.array(["k"]).dictionary_encode(),
            "price": arrow.array([dt.timedelta(seconds=90)]),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    ((example, label),) = read_examples(tmp_path / "a.parquet", {"text": "text"})
    assert label is None
    assert example.meta == {
        "day": "2024-02-29",
        "at": "2024-02-29T12:30:00",
        "score": None,
        "picture": "<4 bytes>",
        "tags": ["x", None],
        "kind": "k",
        "price": 90.0,
    }


def test_rows_are_counted_over_batches(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(9000)]
    parquet.write_table(arrow.table({"text": texts}), tmp_path / "a.parquet", row_group_size=1700)
    read = list(read_parquet(tmp_path / "a.parquet", refuse))
    assert read == [(i + 1, {"text": text}) for i, text in enumerate(texts)]


def test_column_types_follow_the_values(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = [
        {
            "id": "1",
            "fields": {"text": "a"},
            "label": "x",
            "answers": [ANSWER],
            "meta": {"n": 1, "f": 1, "b": True, "mixed": 1, "deep": {"k": 1}, "none": None},
        },
        {"id": "2", "fields": {"text": "b"}, "meta": {"n": None, "f": 0.5, "mixed": "y"}},
    ]
    assert write_parquet(rows, path) == 2
    schema = parquet.read_schema(path)
    kinds = {n: str(schema.field(n).type) for n in ("n", "f", "b", "mixed", "deep", "none")}
    assert kinds == {
        "n": "int64",
        "f": "double",
        "b": "bool",
        "mixed": "string",
        "deep": "string",
        "none": "string",
    }
    first, second = (row for _, row in read_parquet(path, refuse))
    assert first["answers"] == [ANSWER]
    assert (first["annotators"], first["mixed"], first["deep"]) == (["ann"], "1", '{"k":1}')
    assert (second["n"], second["f"], second["label"], second["answers"]) == (None, 0.5, None, [])


def test_large_numbers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    values = [(2**70, 2**60), (1, 0.5)]
    rows = [{"id": str(n), "fields": {"text": "a"}, "meta": {"n": n, "f": f}} for n, f in values]
    write_parquet(rows, path)
    assert [(r["n"], r["f"]) for _, r in read_parquet(path, refuse)] == [
        (str(2**70), float(2**60)),
        ("1", 0.5),
    ]


def test_dataset_folder_is_one_that_the_library_loads(library: Any, tmp_path: Path) -> None:
    rows = [{"id": "1", "fields": {"text": "文"}, "label": "x", "answers": [ANSWER]}]
    assert write_dataset(rows, tmp_path / "out") == 1
    loaded = library.load_from_disk(tmp_path / "out")
    assert loaded[0]["text"] == "文"
    assert list(read_dataset(tmp_path / "out", refuse)) == [(1, loaded[0])]


cell = st.text(st.characters(exclude_categories=["Cs"]))
number = st.none() | st.integers(-(2**63), 2**63 - 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(cell, st.none() | cell, number, st.floats(allow_nan=False))))
def test_what_is_written_is_read(tmp_path: Path, cells: list[tuple[Any, ...]]) -> None:
    path = tmp_path / "round.parquet"
    rows = [
        {"id": str(i), "fields": {"text": t}, "label": label, "meta": {"n": n, "标": f}}
        for i, (t, label, n, f) in enumerate(cells)
    ]
    assert write_parquet(rows, path) == len(cells)
    read = [(r["text"], r["label"], r["n"], r["标"]) for _, r in read_parquet(path, refuse)]
    assert read == cells

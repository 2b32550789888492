"""JSON and JSONL: streaming, bad rows with their numbers, round trips."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asknext.core.errors import BadRow, InvalidInput
from asknext.data import json_files
from asknext.data.json_files import read_json, read_jsonl, write_jsonl


def refuse(row: BadRow) -> None:
    raise AssertionError(row)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"data": rows},
        lambda rows: {"version": 3, "data!": [1, {"data": []}], "data": rows, "more": 1},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_of_objects_and_texts(
    tmp_path: Path, wrap: Callable[[Any], Any], indent: int | None
) -> None:
    rows = [{"text": "a 中 ]"}, 'plain " } text', {"text": "b", "n": {"x": [1.5, None, True]}}]
    path = written(tmp_path / "a.json", json.dumps(wrap(rows), indent=indent, ensure_ascii=False))
    assert list(read_json(path, refuse)) == [
        (1, rows[0]),
        (2, {"text": 'plain " } text'}),
        (3, rows[2]),
    ]


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_values_may_be_cut_by_the_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(json_files, "_CHUNK", chunk)
    rows = [{"text": f'row \u4e2d \\ " {i}', "n": 12345.678, "t": [True, None]} for i in range(50)]
    path = written(tmp_path / "a.json", json.dumps({"n": 123456, "data": rows}))
    assert [row for _, row in read_json(path, refuse)] == rows


def test_bad_elements_are_named_and_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", '[{"text":"a"}, 7, [1], {}, null, {"text":"b"}]')
    bad: list[BadRow] = []
    assert [n for n, _ in read_json(path, bad.append)] == [1, 6]
    assert [(b.row, b.found) for b in bad] == [
        (2, "a number: 7"),
        (3, "a list: [1]"),
        (4, "an empty object"),
        (5, "nothing"),
    ]


@pytest.mark.parametrize(
    ("text", "good", "row"),
    [
        ('[{"text":"a"}, {"text":"b" "x"}, {"text":"c"}]' + " " * 99, [1], 2),
        ('[{"text":"a"}, {"text":"b"', [1], 2),
        ('[{"text":"a"} {"text":"b"}]', [1], 2),
        ('[{"text":"a"},', [1], 2),
        ('[{"text":"a"}', [1], 2),
    ],
)
def test_broken_json_ends_the_reading(tmp_path: Path, text: str, good: list[int], row: int) -> None:
    bad: list[BadRow] = []
    found = [n for n, _ in read_json(written(tmp_path / "a.json", text), bad.append)]
    assert found == good
    assert [b.row for b in bad] == [row]


@pytest.mark.parametrize("text", ["", "7", '{"rows": []}', '{"data": {"text": "a"}}', "nonsense"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="array of objects or texts"):
        list(read_json(written(tmp_path / "a.json", text), refuse))


def test_jsonl_rows_are_counted_without_blank_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl", '{"text": "a\\u2028b"}\n\n"plain"\n{"text": \n3\n{"text": "c"}\n'
    )
    bad: list[BadRow] = []
    assert list(read_jsonl(path, bad.append)) == [
        (1, {"text": "a\u2028b"}),
        (2, {"text": "plain"}),
        (5, {"text": "c"}),
    ]
    assert [(b.row, b.file) for b in bad] == [(3, "a.jsonl"), (4, "a.jsonl")]
    assert "line 4:" in bad[0].found
    assert bad[1].found == "a number: 3"


def test_jsonl_keeps_types_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    answer = {"who": "ann", "action": "label", "value": "x", "at": 1.5, "seconds": 2, "note": "n"}
    row = {"id": "1", "fields": {"text": "中"}, "label": "x", "copy_of": None, "answers": [answer]}
    assert write_jsonl([{**row, "meta": {"n": 3, "deep": {"a": [1]}}, "split": "pool"}], path) == 1
    assert "中" in path.read_text(encoding="utf-8")
    assert list(read_jsonl(path, refuse)) == [
        (
            1,
            {
                "id": "1",
                "text": "中",
                "label": "x",
                "annotators": ["ann"],
                "copy_of": None,
                "split": "pool",
                "answers": [answer],
                "n": 3,
                "deep": {"a": [1]},
            },
        )
    ]


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab中", min_size=1), inner),
    max_leaves=6,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), plain_json)))
def test_what_is_written_is_read(tmp_path: Path, cells: list[tuple[str, Any]]) -> None:
    path = tmp_path / "round.jsonl"
    rows = [
        {"id": str(i), "fields": {"text": text}, "meta": {"value": value}}
        for i, (text, value) in enumerate(cells)
    ]
    assert write_jsonl(rows, path) == len(cells)
    assert [(row["text"], row["value"]) for _, row in read_jsonl(path, refuse)] == cells

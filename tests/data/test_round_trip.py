"""What is written of each kind of task is read back as the same labels, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.settings import task_from_json
from asknext.data.examples import read_examples
from asknext.data.label_studio import config_path
from asknext.data.peek import peek

TEXT = "林先生 said: “👩‍👩‍👧 in 北京!”\nBo's #12, late"


def span(part: str, label: str | None) -> dict[str, Any]:
    start = TEXT.index(part)
    return {"start": start, "end": start + len(part), "label": label}


SPANS = [
    [span("林先生", "PER"), span("👩‍👩‍👧", "a b"), span("北京", "LOC"), span("Bo", "PER")],
    [],
    None,
    [span("先", "PER"), span("北京!”", None), span("#12", "B-x"), span(", l", "a b")],
]
LABELS = ("food", "a;b", "c, d", "[x", "服务")
CASES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "classification": ({"labels": ["food", "[x", "服务"]}, ["food", None, "[x", "服务"]),
    "multi_label": (
        {"labels": LABELS},
        [["food", "服务"], [], None, ["a;b"], ["food", "a;b"], ["c, d", "服务"], ["[x"], ["food"]],
    ),
    "regression": ({"low": -1, "high": 5}, [3.0, -0.25, None, 0.0, 1e-7]),
    "tagging": ({"labels": ["PER", "LOC", "a b", "B-x"]}, SPANS),
    "generation": ({}, ["Ja,\n„gut“; [so]", None, "=1", "[1, 2]", "0042"]),
    "preference": ({}, ["a", "b", None, "tie", "bad"]),
}
SUFFIXES = {"csv": ".csv", "jsonl": ".jsonl", "parquet": ".parquet", "datasets": ""}


def rows_of(kind: str) -> list[dict[str, Any]]:
    settings, labels = CASES[kind]
    task = task_from_json({"kind": kind, **settings}).to_json()
    more = {"a": "one", "b": "two, “2”"} if kind == "preference" else {}
    return [
        {"id": f"x{i}", "fields": {"text": TEXT, **more}, "label": label,
         "answers": [], "meta": {"lang": "en"}, "task": task}
        for i, label in enumerate(labels)
    ]  # fmt: skip


def back(path: Path, kind: str, mapping: dict[str, str]) -> dict[str, Any]:
    task = task_from_json({"kind": kind, **CASES[kind][0]})
    return {example.id: label for example, label in read_examples(path, mapping, task=task)}


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("kind", CASES)
def test_labels_come_back(tmp_path: Path, kind: str, format: str) -> None:
    if format in ("parquet", "datasets"):
        pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    if format == "datasets":
        pytest.importorskip("datasets", reason="needs the extra 'datasets'")
    path = tmp_path / f"labels{SUFFIXES[format]}"
    rows = rows_of(kind)
    assert registry.get("writer", format)(rows, path) == len(rows)
    mapping = {"id": "id", "text": "text", "label": "label"}
    mapping |= {"a": "a", "b": "b"} if kind == "preference" else {}
    assert back(path, kind, mapping) == {row["id"]: row["label"] for row in rows}


def test_parquet_holds_lists_and_numbers_as_such(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")
    for kind in ("multi_label", "regression", "tagging"):
        path = tmp_path / f"{kind}.parquet"
        registry.get("writer", "parquet")(rows_of(kind), path)
        assert parquet.read_table(path).column("label").to_pylist() == CASES[kind][1]


def test_spans_come_back_from_conll(tmp_path: Path) -> None:
    path = tmp_path / "tags.conll"
    rows = rows_of("tagging")
    assert registry.get("writer", "conll")(rows, path) == 3  # one has no label
    shown = peek(path)
    assert (shown.task, shown.guess.to_json()) == (
        "tagging",
        {"text": "text", "label": None, "id": "id", "text_pair": None, "tokens": "tokens",
         "tags": "tags"},
    )  # fmt: skip
    wanted = {row["id"]: row["label"] for row in rows if row["label"] is not None}
    assert back(path, "tagging", {k: v for k, v in shown.guess.to_json().items() if v}) == wanted
    assert "林\tB-PER\n先\tI-PER\n生\tI-PER\nsaid\tO" in path.read_text(encoding="utf-8")


def test_only_tags_go_into_conll(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="this is a regression project"):
        registry.get("writer", "conll")(rows_of("regression"), tmp_path / "a.conll")
    assert list(tmp_path.iterdir()) == []


def test_conll_of_others_is_read(tmp_path: Path) -> None:
    path = tmp_path / "eng.conll"
    path.write_text(
        "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n\n# newdoc here\n"
        "# sent_id = s2\n#\tO\nBo\tB-PER\n",
        encoding="utf-8",
    )
    rows = [row for _, row in registry.get("reader", "conll")(path, pytest.fail)]
    assert rows == [
        {"tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"]},
        {"id": "s2", "tokens": ["#", "Bo"], "tags": ["O", "B-PER"]},
    ]


def studio(kind: str, folder: Path) -> tuple[list[Any], ElementTree.Element]:
    path = folder / "labels.json"
    registry.get("writer", "label-studio")(rows_of(kind), path)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    view = ElementTree.fromstring(config_path(path).read_text(encoding="utf-8"))
    return [[r for a in task["annotations"] for r in a["result"]] for task in tasks], view


def test_label_studio_gets_several_choices(tmp_path: Path) -> None:
    results, view = studio("multi_label", tmp_path)
    assert results[0][0]["value"] == {"choices": ["food", "服务"]}
    assert results[1][0]["value"] == {"choices": []}
    assert results[2] == []
    (choices,) = view.iter("Choices")
    assert choices.get("choice") == "multiple"
    assert tuple(choice.get("value") for choice in choices) == LABELS


def test_label_studio_gets_numbers(tmp_path: Path) -> None:
    results, view = studio("regression", tmp_path)
    assert [r[0]["value"] for r in results if r][:2] == [{"number": 3.0}, {"number": -0.25}]
    (number,) = view.iter("Number")
    assert (number.get("min"), number.get("max"), number.get("step")) == ("-1", "5", "0.06")


def test_label_studio_gets_spans_with_their_text(tmp_path: Path) -> None:
    results, view = studio("tagging", tmp_path)
    found = [(r["value"]["text"], r["value"]["labels"]) for r in results[0]]
    assert found == [("林先生", ["PER"]), ("👩‍👩‍👧", ["a b"]), ("北京", ["LOC"]), ("Bo", ["PER"])]
    assert [r["value"]["labels"] for r in results[3]] == [["PER"], ["B-x"], ["a b"]]
    assert all(r["from_name"] == "label" and r["to_name"] == "text" for r in results[0])
    assert [label.get("value") for label in view.iter("Label")] == ["PER", "LOC", "a b", "B-x"]


def test_label_studio_gets_texts(tmp_path: Path) -> None:
    results, view = studio("generation", tmp_path)
    assert (results[0][0]["type"], results[0][0]["value"]["text"]) == (
        "textarea",
        ["Ja,\n„gut“; [so]"],
    )
    assert len(list(view.iter("TextArea"))) == 1


def test_label_studio_gets_pairs(tmp_path: Path) -> None:
    results, view = studio("preference", tmp_path)
    assert [r[0]["value"] for r in results if r] == [
        {"selected": "left"}, {"selected": "right"}, {"choices": ["tie"]}, {"choices": ["bad"]},
    ]  # fmt: skip
    (pair,) = view.iter("Pairwise")
    assert pair.get("toName") == "a,b"
    assert [text.get("name") for text in view.iter("Text")] == ["text", "a", "b"]

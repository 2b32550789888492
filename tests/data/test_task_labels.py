"""Labels of every kind of task: read from files as people write them, bad cells named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.errors import BadRow, InvalidInput
from asknext.core.tasks import (
    Generation,
    MultiLabel,
    Preference,
    Regression,
    Tagging,
    Task,
)
from asknext.data.examples import read_examples
from asknext.data.labels import distinct_labels, scale
from asknext.data.peek import peek

SETS = {
    "goemotions": "multi_label", "wnut17": "tagging", "uner_zh_gsdsimp": "tagging",
    "ewt_pos": "tagging", "snips_slots": "tagging", "stsb_en": "regression",
    "emobank": "regression", "multi30k_en_de": "generation", "gsm8k": "generation",
    "alpaca_en_1k": "generation", "gsm8k_pref": "preference", "pandalm_pref": "preference",
    "dpo_en_300": "preference",
}  # fmt: skip


def task_of(kind: str, path: Path, column: str) -> Task:
    if kind in ("multi_label", "tagging"):
        labels = tuple(distinct_labels(path, column, kind=kind))
        return MultiLabel(labels) if kind == "multi_label" else Tagging(labels)
    if kind == "regression":
        return Regression(**scale(path, column))
    return Generation() if kind == "generation" else Preference()


@pytest.mark.parametrize("name", SETS)
def test_every_label_of_the_real_sets_is_read(
    shared_path: Callable[..., Path], shared_rows: Callable[..., Any], name: str
) -> None:
    path = shared_path(name, "test")
    shown = peek(path)
    assert shown.task == SETS[name]
    task = task_of(shown.task, path, shown.guess.answers or "")
    rows = shared_rows(name, "test")
    pairs = list(read_examples(path, shown.guess, task=task, gold=True))
    assert len(pairs) == len(rows)
    for row, (example, label) in zip(rows, pairs, strict=True):
        assert label == example.gold is not None or label == []
        CHECKS[shown.task](row, example.fields, label, shown.guess)


def same_labels(row: Any, fields: Any, label: Any, guess: Any) -> None:
    assert set(label) == set(row[guess.label])


def same_number(row: Any, fields: Any, label: Any, guess: Any) -> None:
    assert label == row["score"]


def same_tokens(row: Any, fields: Any, label: Any, guess: Any) -> None:
    """Count the words of each label: what the tags say, and what the spans hold."""
    assert fields["text"].replace(" ", "") == "".join(row["tokens"])
    chunked = all(tag == "O" or tag[:2] in ("B-", "I-") for tag in row["tags"])
    begins = [tag for tag in row["tags"] if tag != "O" and not (chunked and tag[0] == "I")]
    said = [tag.partition("-")[2] if chunked else tag for tag in begins]
    assert [span["label"] for span in label] == said
    inside = "".join(fields["text"][span["start"] : span["end"]] for span in label)
    marked = "".join(t for t, tag in zip(row["tokens"], row["tags"], strict=True) if tag != "O")
    assert inside.replace(" ", "") == marked


def same_text(row: Any, fields: Any, label: Any, guess: Any) -> None:
    assert (fields["text"], label) == (row["source"], row["target"].strip())


def same_pair(row: Any, fields: Any, label: Any, guess: Any) -> None:
    other = {"a": "b", "b": "a"}[label]
    assert (fields[label], fields[other]) == (row["chosen"], row["rejected"])


CHECKS = {
    "multi_label": same_labels,
    "regression": same_number,
    "tagging": same_tokens,
    "generation": same_text,
    "preference": same_pair,
}


def test_the_better_answer_is_not_always_the_first(shared_path: Callable[..., Path]) -> None:
    path = shared_path("gsm8k_pref")
    pairs = read_examples(path, peek(path).guess, task=Preference())
    counts = Counter(label for _, label in pairs)
    assert 0.45 < counts["a"] / counts.total() < 0.55


def read(
    folder: Path, rows: list[Any], mapping: dict[str, str], task: Task
) -> tuple[list[tuple[dict[str, Any], Any]], list[BadRow]]:
    path = folder / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    bad: list[BadRow] = []
    pairs = read_examples(path, mapping, task=task, on_bad=bad.append)
    return [(dict(example.fields), label) for example, label in pairs], bad


LABELS = ("food", "the price", "staff, young", "服务")
TEXT = "Bo in Rome"
BO, ROME = ({"start": 0, "end": 2, "label": "PER"}, {"start": 6, "end": 10, "label": "LOC"})


@pytest.mark.parametrize(
    ("task", "cell", "wanted"),
    [
        (MultiLabel(LABELS), ["服务", "food"], ["food", "服务"]),
        (MultiLabel(LABELS), [], []),
        (MultiLabel(LABELS), "[]", []),
        (MultiLabel(LABELS), "", None),
        (MultiLabel(LABELS), None, None),
        (MultiLabel(LABELS), "food", ["food"]),
        (MultiLabel(LABELS), "staff, young", ["staff, young"]),
        (MultiLabel(LABELS), "the price; staff, young", ["the price", "staff, young"]),
        (MultiLabel(LABELS), "the price|food", ["food", "the price"]),
        (MultiLabel(LABELS), "food、服务", ["food", "服务"]),
        (MultiLabel(LABELS), '["the price"]', ["the price"]),
        (MultiLabel(LABELS), "['the price', 'food']", ["food", "the price"]),
        (MultiLabel(("1", "2")), [2, 1.0], ["1", "2"]),
        (Regression(0, 5), "3.5", 3.5),
        (Regression(0, 5), 0, 0.0),
        (Regression(0, 5), float("nan"), None),
        (Tagging(("PER", "LOC")), [ROME, BO], [BO, ROME]),
        (Tagging(("PER", "LOC")), [[0, 2, "PER"]], [BO]),
        (Tagging(("PER", "LOC")), json.dumps([{**BO, "text": "Bo"}]), [BO]),
        (Tagging(("PER", "LOC")), "[[6, 10, null]]", [{**ROME, "label": None}]),
        (Tagging(("PER", "LOC")), [], []),
        (Tagging(("PER", "LOC")), "", None),
        (Generation(), "  Guten Tag\nBo ", "Guten Tag\nBo"),
        (Generation(), 46, "46"),
        (Preference(), "Model_B", "b"),
        (Preference(), "both bad", "bad"),
        (Preference(), "tie", "tie"),
    ],
)
def test_a_cell_is_read(tmp_path: Path, task: Task, cell: Any, wanted: Any) -> None:
    row = {"t": TEXT, "x": "one", "y": "two", "label": cell}
    mapping = {"text": "t", "label": "label"}
    if task.kind == "preference":
        mapping |= {"a": "x", "b": "y"}
    pairs, bad = read(tmp_path, [row], mapping, task)
    assert (bad, [label for _, label in pairs]) == ([], [wanted])


@pytest.mark.parametrize(
    ("task", "cell", "found", "allowed"),
    [
        (MultiLabel(LABELS), ["pear"], "'pear' is not a label", "food"),
        (MultiLabel(LABELS), "food; pear", "'pear' is not a label", "food"),
        (MultiLabel(LABELS), [["food"]], "a list: ['food']", "a list of labels"),
        (MultiLabel(LABELS), {"food": 1}, "an object", "a list of labels"),
        (Regression(0, 5), "many", "the text 'many'", "a number"),
        (Regression(0, 5), "3,5", "the text '3,5'", "a number"),
        (Regression(0, 5), True, "a yes or no", "a number"),
        (Regression(0, 5), 7, "7.0 is not on the scale", "a number from 0 to 5"),
        (Tagging(("PER",)), "Bo", "the text 'Bo'", "start, end, label"),
        (Tagging(("PER",)), [[0, 2]], "the span [0, 2]", "start, end, label"),
        (Tagging(("PER",)), [[0, 99, "PER"]], "the text has 10 characters", "whole characters"),
        (Tagging(("PER",)), [[0, 2, "LOC"]], "'LOC' is not a label", "PER"),
        (Tagging(("PER",)), [[0, 4, "PER"], [3, 6, "PER"]], "overlap", "no overlaps"),
        (Generation(), ["x"], "a list", "a text"),
        (Preference(), "1", "the text '1'", "one of: a, b, tie, bad"),
    ],
)
def test_a_bad_cell_is_named_and_the_rest_comes_in(
    tmp_path: Path, task: Task, cell: Any, found: str, allowed: str
) -> None:
    rows = [{"t": TEXT, "x": "1", "y": "2", "l": cell}, {"t": "b", "x": "3", "y": "4", "l": None}]
    mapping = {"text": "t", "label": "l"}
    if task.kind == "preference":
        mapping |= {"a": "x", "b": "y"}
    pairs, (bad,) = read(tmp_path, rows, mapping, task)
    assert [fields["text"] for fields, _ in pairs] == ["b"]
    assert (bad.file, bad.row, bad.column) == ("a.jsonl", 1, "l")
    assert found in bad.found
    assert allowed in bad.allowed


TOKENS = {"tokens": "w", "tags": "t"}


@pytest.mark.parametrize(
    ("tokens", "tags", "text", "wanted"),
    [
        (["Bo", "Li", "in", "Rome"], ["B-P", "I-P", "O", "B-L"], "Bo Li in Rome",
         [(0, 5, "P"), (9, 13, "L")]),
        ("Bo Li in Rome", "B-P E-P O S-L", "Bo Li in Rome", [(0, 5, "P"), (9, 13, "L")]),
        ("Bo Li Rome", "B-P L-P U-L", "Bo Li Rome", [(0, 5, "P"), (6, 10, "L")]),
        ("Bo Li", "I-P B-P", "Bo Li", [(0, 2, "P"), (3, 5, "P")]),
        ("Bo sings", "P L", "Bo sings", [(0, 2, "P"), (3, 8, "L")]),
        (["北京", "的", "Bo", "。"], ["B-L", "O", "B-P", "O"], "北京的Bo。",
         [(0, 2, "L"), (3, 5, "P")]),
        (["👩‍👩‍👧", "hi", "مرحبا"], ["B-P", "O", "B-L"], "👩‍👩‍👧 hi مرحبا",
         [(0, 5, "P"), (9, 14, "L")]),
        (["Bo", "x"], ["B-P", None], "Bo x", [(0, 2, "P"), (3, 4, None)]),
        (["Bo"], None, "Bo", None),
    ],
)  # fmt: skip
def test_tokens_become_text_and_spans(
    tmp_path: Path, tokens: Any, tags: Any, text: str, wanted: Any
) -> None:
    (pair,), bad = read(tmp_path, [{"w": tokens, "t": tags}], TOKENS, Tagging(("P", "L")))
    assert bad == []
    spans = None if pair[1] is None else [tuple(span.values()) for span in pair[1]]
    assert (pair[0]["text"], spans) == (text, wanted)


def test_tokens_are_found_in_the_text_that_is_there(tmp_path: Path) -> None:
    row = {"x": "Bo\u00a0(Li),\tRome!", "w": ["Bo", "(", "Li", ")", "Rome"], "t": "O O B-P O B-L"}
    ((fields, label),), _ = read(tmp_path, [row], {"text": "x", **TOKENS}, Tagging(("P", "L")))
    assert fields["text"] == row["x"]
    assert [fields["text"][s["start"] : s["end"]] for s in label] == ["Li", "Rome"]


@pytest.mark.parametrize(
    ("row", "column", "found"),
    [
        ({"w": ["a", "b"], "t": ["O"]}, "t", "1 tags"),
        ({"w": ["a", ""], "t": ["O", "O"]}, "w", "a list"),
        ({"w": [], "t": []}, "w", "a list: []"),
        ({"w": "a b", "t": "B-P NOUN"}, "t", "'NOUN' beside such as 'B-P'"),
        ({"w": "a b", "t": "B-P B-X"}, "t", "'X' is not a label"),
    ],
)
def test_bad_tokens_are_named(tmp_path: Path, row: Any, column: str, found: str) -> None:
    pairs, (bad,) = read(tmp_path, [row], TOKENS, Tagging(("P", "L")))
    assert (pairs, bad.column) == ([], column)
    assert found in bad.found


def test_a_draft_may_be_missing(tmp_path: Path) -> None:
    rows = [{"s": "hi", "d": "Hallo"}, {"s": "bye", "d": ""}]
    pairs, bad = read(tmp_path, rows, {"text": "s", "draft": "d"}, Generation())
    assert bad == []
    assert [fields for fields, _ in pairs] == [{"text": "hi", "draft": "Hallo"}, {"text": "bye"}]


@pytest.mark.parametrize(
    ("kind", "cells", "wanted"),
    [
        ("multi_label", [["a", "b"], [], None, ["c"]], ["a", "b", "c"]),
        ("multi_label", ["x, y; z", "z", "x, y"], ["x, y", "z"]),
        ("multi_label", ['["x, y"]', "['z']"], ["x, y", "z"]),
        ("tagging", [["O", "B-a", "I-a"], ["S-b"]], ["a", "b"]),
        ("tagging", ["NOUN O VERB", None], ["NOUN", "VERB"]),
        ("tagging", [[[0, 1, "x"]], [{"start": 0, "end": 1, "label": None}]], ["x"]),
    ],
)
def test_labels_of_lists_and_tags_are_found(
    tmp_path: Path, kind: str, cells: list[Any], wanted: list[str]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"y": cell}) for cell in cells), encoding="utf-8")
    assert distinct_labels(path, "y", kind=kind) == wanted
    with pytest.raises(InvalidInput, match="more than 0 different"):
        distinct_labels(path, "y", 0, kind=kind)


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ([0.2, 4.8], (0.0, 5.0, 0.0)),
        ([1, 5, 3], (1.0, 5.0, 1.0)),
        (["2", "97"], (0.0, 100.0, 1.0)),
        ([-0.5, 0.25, "x"], (-0.5, 0.3, 0.0)),
    ],
)
def test_a_scale_has_round_ends(tmp_path: Path, numbers: list[Any], wanted: Any) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"y": n}) for n in numbers), encoding="utf-8")
    assert tuple(scale(path, "y").values()) == wanted


def test_one_number_is_no_scale(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"y": 3}\n{"y": 3}\n')
    with pytest.raises(InvalidInput, match="give the ends of the scale"):
        scale(path, "y")

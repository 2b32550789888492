"""Examples: ids that survive a second import, copies, groups, bad rows by number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from asknext.core import registry
from asknext.core.errors import BadRow, BadRows, InvalidInput, NotFound
from asknext.core.examples import Example, Outline, content_key
from asknext.data.examples import read_examples

LONG = "please cancel the order number {} that I placed yesterday evening, and refund me"


def jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def examples(path: Path, mapping: dict[str, Any] | None = None, **more: Any) -> list[Example]:
    return [example for example, _ in read_examples(path, mapping or {"text": "text"}, **more)]


def outlines(found: Sequence[Example]) -> list[Outline]:
    distinct = {e.id: e for e in found}.values()
    return [Outline(i, e.id, e.key, e.copy_of, e.near, e.split) for i, e in enumerate(distinct)]


def short(text: str) -> str:
    return content_key({"text": text})[:16]


def test_service_is_registered() -> None:
    assert registry.get("service", "data.examples") is read_examples


def test_ids_are_made_of_the_content_and_copies_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n one \nthree\none\ntwo\n")
    a, b, c = short("one"), short("two"), short("three")
    found = examples(path)
    assert [e.id for e in found] == [a, b, f"{a}-2", c, f"{a}-3", f"{b}-2"]
    assert [e.copy_of for e in found] == [None, None, a, None, a, b]
    assert [e.fields["text"] for e in found][2] == " one "
    assert {e.near for e in found} == {None}


def test_a_second_import_gives_the_same_ids(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = [LONG.format(i // 2) for i in range(40)] + [f"other {i}" for i in range(40)]
    path.write_text("\n".join(lines))
    first = examples(path)
    assert any(e.near for e in first)
    texts = [(e.id, e.text) for e in first]
    again = examples(path, known=outlines(first), texts=lambda: texts)
    assert [(e.id, e.copy_of, e.near) for e in again] == [(e.id, e.copy_of, e.near) for e in first]


def test_copies_and_groups_reach_into_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n".join([LONG.format(12), "seen", LONG.format(34)]))
    known = examples(jsonl(tmp_path / "k.jsonl", [
        {"id": "a", "text": LONG.format(11)},
        {"id": "b", "text": LONG.format(12).upper()},
        {"id": "c", "text": "seen"},
    ]), {"text": "text", "id": "id"})  # fmt: skip
    assert [e.near for e in known] == [None, "a", None]
    found = examples(path, known=outlines(known), texts=lambda: [(e.id, e.text) for e in known])
    assert [(e.copy_of, e.near) for e in found] == [(None, "a"), ("c", None), (None, "a")]


def test_test_examples_stand_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("seen\n" + LONG.format(12) + "\n")
    pool = examples(path)
    test = examples(
        path, known=outlines(pool), texts=lambda: [(e.id, e.text) for e in pool], split="test"
    )
    assert [(e.id, e.copy_of, e.near, e.split) for e in test] == [
        (f"test-{e.id}", None, None, "test") for e in pool
    ]


def test_a_given_id_stays_and_may_not_name_two_texts(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "text": "a"},
        {"id": "x", "text": "a"},
        {"id": 1, "text": "a"},
        {"id": 1.0, "text": "b"},
        {"id": None, "text": "c"},
        {"id": [3], "text": "d"},
        {"id": "known", "text": "e"},
    ]
    known = [Outline(0, "known", content_key({"text": "other"}), None, None, "pool")]
    bad: list[BadRow] = []
    found = examples(
        jsonl(tmp_path / "a.jsonl", rows),
        {"text": "text", "id": "id"},
        known=known,
        on_bad=bad.append,
    )
    assert [(e.id, e.copy_of) for e in found] == [("1", None), ("x", "1"), ("1", None)]
    assert [(b.row, b.column, b.found) for b in bad] == [
        (5, "id", "nothing"),
        (6, "id", "a list: [3]"),
        (4, "id", "'1', which another text has already"),
        (7, "id", "'known', which another text has already"),
    ]


BAD = [
    {"text": "good", "label": "a"},
    {"label": "a"},
    {"text": "", "label": "a"},
    {"text": " \n", "label": "a"},
    {"text": 7, "label": "a"},
    {"text": "good 2", "label": ["a", "b"]},
    {"text": "nul \u0000", "label": "a"},
    {"text": "half \ud800", "label": "a"},
    {"text": None},
]


def test_bad_rows_are_named(tmp_path: Path) -> None:
    bad: list[BadRow] = []
    mapping = {"text": "text", "label": "label"}
    found = examples(jsonl(tmp_path / "a.jsonl", BAD), mapping, on_bad=bad.append)
    assert [e.text for e in found] == ["good"]
    assert [(b.file, b.row, b.column, b.found) for b in bad] == [
        ("a.jsonl", 2, "text", "nothing"),
        ("a.jsonl", 3, "text", "an empty text"),
        ("a.jsonl", 4, "text", "an empty text"),
        ("a.jsonl", 5, "text", "a number: 7"),
        ("a.jsonl", 6, "label", "a list: ['a', 'b']"),
        ("a.jsonl", 7, "text", "the text 'nul \ufffd'"),
        ("a.jsonl", 8, "text", "the text 'half \ufffd'"),
        ("a.jsonl", 9, "text", "nothing"),
    ]
    assert bad[4].allowed == "a text or a number, or nothing"


def test_bad_rows_raise_after_the_whole_file(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [*BAD, *[{"text": 1}] * 200, {"text": "last"}])
    seen: list[str] = []
    pairs = read_examples(path, {"text": "text", "label": "label"})
    with pytest.raises(BadRows) as caught:
        seen.extend(example.text for example, _ in pairs)
    assert seen == ["good", "last"]
    assert (caught.value.total, len(caught.value.rows)) == (208, 100)
    assert caught.value.rows[0].row == 2


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [{"text": "a"}, {"text": "b", "topic": "c"}])
    with pytest.raises(NotFound, match=r"column in a\.jsonl named 'label'; there is: text, topic"):
        examples(path, {"text": "text", "label": "label"})
    assert len(examples(path, {"text": "text", "label": "topic"})) == 2


@pytest.mark.parametrize(("name", "text"), [("a.csv", "text,label\n"), ("a.txt", "\n \n")])
def test_a_file_without_rows_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match="holds no rows"):
        examples(tmp_path / name)


def test_labels_are_texts_or_none(tmp_path: Path) -> None:
    given = [3, 3.0, 2.5, True, " 好 ", "", "  ", None, float("nan")]
    path = jsonl(tmp_path / "a.jsonl", ({"text": f"t {i}", "y": y} for i, y in enumerate(given)))
    pairs = list(read_examples(path, {"text": "text", "label": "y"}, gold=True))
    wanted = ["3", "3", "2.5", "true", "好", None, None, None, None]
    assert [label for _, label in pairs] == wanted
    assert [example.gold for example, _ in pairs] == wanted
    assert {e.gold for e in examples(path, {"text": "text", "label": "y"})} == {None}


def test_other_columns_are_metadata_and_pairs_are_fields(tmp_path: Path) -> None:
    row = {"a": "x", "b": "y", "n": 1, "deep": {"k": [1, {"z": None}]}, "label": "l"}
    (example,) = examples(
        jsonl(tmp_path / "a.jsonl", [row]), {"text": "a", "text_pair": "b", "id": None}
    )
    assert example.fields == {"text": "x", "text_pair": "y"}
    assert example.meta == {"n": 1, "deep": {"k": [1, {"z": None}]}, "label": "l"}
    assert example.key == content_key({"text": "x", "text_pair": "y"})


@pytest.mark.parametrize(
    "name",
    ["a.csv", *(pytest.param(f"a.{x}", marks=pytest.mark.slow) for x in ("jsonl", "json", "txt"))],
)
def test_progress_ends_at_the_number_of_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [f"row number {i}" for i in range(20_000)]
    lines = {"a.json": json.dumps(rows), "a.jsonl": "\n".join(json.dumps(r) for r in rows)}
    path.write_text(lines.get(name, "text\n" * (name == "a.csv") + "\n".join(rows)))
    seen: list[tuple[int, int]] = []
    examples(path, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [8192, 16384, 20000, 20000]
    assert seen[-1] == (20000, 20000)
    assert name == "a.json" or all(19_000 <= total <= 21_000 for _, total in seen)


def test_a_real_set_has_the_copies_and_groups_it_should(
    shared_path: Callable[..., Path], shared_rows: Callable[..., Any]
) -> None:
    found = examples(shared_path("banking77"), {"text": "text", "label": "label"})
    rows = shared_rows("banking77")
    assert [e.text for e in found] == [row["text"] for row in rows]
    firsts: dict[str, str] = {}
    wanted = [firsts.setdefault(e.key, e.id) for e in found]
    assert [e.copy_of or e.id for e in found] == wanted
    ids = [e.id for e in found]
    assert len(set(ids)) == len(ids)
    place = {e.id: i for i, e in enumerate(found)}
    assert all(place[e.near] < place[e.id] for e in found if e.near)
    assert all(found[place[e.near]].near is None for e in found if e.near)

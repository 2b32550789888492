"""Peek: the guess on real data sets and on names in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.errors import InvalidInput
from asknext.data.mapping import Mapping
from asknext.data.peek import Peek, peek


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("trec6", Mapping("text", "label")),
        ("ag_news_small", Mapping("text", "label")),
        ("sms_spam", Mapping("text", "label")),
        ("thucnews_titles", Mapping("text", "label")),
        ("banking77", Mapping("text", "label")),
        ("crowd_rte", Mapping("text_a", "label", text_pair="text_b")),
        ("multi30k_en_de", Mapping("source")),
        ("nlvr_v1", Mapping("text", "label", id="identifier")),
        ("emobank", Mapping("text")),
        ("goemotions", Mapping("text")),
    ],
)
@pytest.mark.parametrize("limit", [8, 50])
def test_guess_on_real_sets(
    shared_path: Callable[..., Path], name: str, wanted: Mapping, limit: int
) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    assert peek(shared_path(name), limit=limit).guess == wanted


def peeked(folder: Path, header: str, *lines: str) -> Peek:
    path = folder / "a.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return peek(path)


LONG = "this product is very good and works well"


@pytest.mark.parametrize(
    ("header", "row", "wanted"),
    [
        ("编号,内容,标签", "{i},很好的一次购物体验{i},好{half}", Mapping("内容", "标签", "编号")),
        ("类别,标题", "体育{half},国足再次输球 第{i}场", Mapping("标题", "类别")),
        ("id,Title,Content", "{i},short {i},a longer body {i}", Mapping("Content", id="id")),
        ("label,label_text,text", "{half},yes{half},hello {i}", Mapping("text", "label_text")),
        ("text1,text2,label", "a {i},b {i},{half}", Mapping("text1", "label", None, "text2")),
        ("user_id,the_body,stars", "{i}," + LONG + " {i},{half}", Mapping("the_body", "stars")),
        ("a,b", LONG + " {i},x{half}", Mapping("a", "b")),
        ("lang,b", "x{half}," + LONG + " {i}", Mapping("b")),
        ("group,kind,text", "x{half},y{half},hello {i}", Mapping("text")),
        ("text,target", "hello {i},{i}.5", Mapping("text")),
        ("Question,Intent", "how do I {i}?,intent_{i}", Mapping("Question", "Intent")),
    ],
)  # fmt: skip
def test_guess_by_names_and_values(tmp_path: Path, header: str, row: str, wanted: Mapping) -> None:
    lines = [row.format(i=i, half=i % 2) for i in range(20)]
    assert peeked(tmp_path, header, *lines).guess == wanted


def test_columns_and_rows_are_shown(tmp_path: Path) -> None:
    shown = peeked(
        tmp_path, "id,text,topic,price,empty", *(f"{i},hello {i},t{i % 3},{i}.5," for i in range(9))
    )
    assert (shown.file, shown.format) == ("a.csv", "csv")
    assert [(c.name, c.kind, c.distinct) for c in shown.columns] == [
        ("id", "id", 9),
        ("text", "text", 9),
        ("topic", "category", 3),
        ("price", "number", 9),
        ("empty", "empty", 0),
    ]
    assert shown.columns[2].sample == ("t0", "t1", "t2")
    assert shown.rows[1] == {
        "id": "1",
        "text": "hello 1",
        "topic": "t1",
        "price": "1.5",
        "empty": "",
    }
    assert shown.to_json()["guess"] == {
        "text": "text", "label": "topic", "id": "id", "text_pair": None,
    }  # fmt: skip


def test_limit_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("line\n" * 100)
    assert len(peek(path, limit=7).rows) == 7


def test_a_file_without_good_rows_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("[1]\n")
    with pytest.raises(InvalidInput, match=r"row 1.*found a list: \[1\]"):
        peek(path)


@pytest.mark.parametrize(
    "data", [{}, {"label": "a"}, {"text": "a", "txet": "b"}, {"text": "a", "label": "a"}]
)
def test_impossible_mappings_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Mapping.from_json(data)

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
    ("name", "kind", "wanted"),
    [
        ("trec6", "classification", Mapping("text", "label")),
        ("ag_news_small", "classification", Mapping("text", "label")),
        ("sms_spam", "classification", Mapping("text", "label")),
        ("thucnews_titles", "classification", Mapping("text", "label")),
        ("banking77", "classification", Mapping("text", "label")),
        ("crowd_rte", "classification", Mapping("text_a", "label", text_pair="text_b")),
        ("nlvr_v1", "classification", Mapping("text", "label", id="identifier")),
        ("goemotions", "multi_label", Mapping("text", "labels")),
        ("emobank", "regression", Mapping("text", "score")),
        ("stsb_en", "regression", Mapping("text_a", "score", text_pair="text_b")),
        ("wnut17", "tagging", Mapping(tokens="tokens", tags="tags")),
        ("uner_zh_gsdsimp", "tagging", Mapping(tokens="tokens", tags="tags")),
        ("ewt_pos", "tagging", Mapping(tokens="tokens", tags="tags")),
        ("snips_slots", "tagging", Mapping(tokens="tokens", tags="tags")),
        ("multi30k_en_de", "generation", Mapping("source", "target")),
        ("gsm8k", "generation", Mapping("source", "target")),
        ("alpaca_en_1k", "generation", Mapping("source", "target")),
        ("gsm8k_pref", "preference", Mapping("prompt", chosen="chosen", rejected="rejected")),
        ("pandalm_pref", "preference", Mapping("prompt", chosen="chosen", rejected="rejected")),
        ("dpo_en_300", "preference", Mapping("prompt", chosen="chosen", rejected="rejected")),
    ],
)
@pytest.mark.parametrize("limit", [8, 50])
def test_guess_on_real_sets(
    shared_path: Callable[..., Path], name: str, kind: str, wanted: Mapping, limit: int
) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet'")
    shown = peek(shared_path(name), limit=limit)
    assert (shown.task, shown.guess) == (kind, wanted)


KINDS = [
    ("text,tags", "hello {i},red; blue{half}", "multi_label", Mapping("text", "tags")),
    ("内容,标签", "第{i}条评论写在这里,价格、服务{half}", "multi_label", Mapping("内容", "标签")),
    ("text,score", "hello {i},{i}.5", "regression", Mapping("text", "score")),
    ("评论,评分", "第{i}条评论写在这里,{i}.5", "regression", Mapping("评论", "评分")),
    ("tokens,ner_tags", "Bo{i} in Rome,B-PER O B-LOC", "tagging",
     Mapping(tokens="tokens", tags="ner_tags")),
    ("text,spans", 'Bo{i} in Rome,"[[0, 2, ""PER""]]"', "tagging", Mapping("text", "spans")),
    ("question,answer", "what is {i}?,that is the number {i} of course", "generation",
     Mapping("question", "answer")),
    ("原文,译文", "hello world {i},你好世界这是第{i}条很长很长的译文", "generation",
     Mapping("原文", "译文")),
    ("prompt,response_a,response_b,winner", "say {i},yes I say it {i},no I say {i},model_a",
     "preference", Mapping("prompt", "winner", a="response_a", b="response_b")),
]  # fmt: skip


@pytest.mark.parametrize(("header", "row", "kind", "wanted"), KINDS)
def test_the_kind_of_task_is_guessed(
    tmp_path: Path, header: str, row: str, kind: str, wanted: Mapping
) -> None:
    lines = [row.format(i=i, half=i % 2) for i in range(20)]
    shown = peeked(tmp_path, header, *lines)
    assert (shown.task, shown.guess) == (kind, wanted)
    assert repr(wanted.a or wanted.answers) in shown.why


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
        ("text,price", "hello {i},{i}.5", Mapping("text")),
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
    "data",
    [
        {},
        {"label": "a"},
        {"text": "a", "txet": "b"},
        {"text": "a", "label": "a"},
        {"text": "a", "tags": "b"},
        {"text": "a", "chosen": "b"},
        {"text": "a", "a": "b"},
        {"text": "a", "label": "b", "chosen": "c", "rejected": "d"},
        {"tokens": "a", "tags": "b", "label": "c"},
    ],
)
def test_impossible_mappings_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Mapping.from_json(data)

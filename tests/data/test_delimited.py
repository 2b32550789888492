"""CSV and TSV: dialects, encodings, bad rows with their numbers, round trips."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asknext.core.errors import BadRow, InvalidInput
from asknext.data.delimited import read_csv, read_tsv, write_csv


def refuse(row: BadRow) -> None:
    raise AssertionError(row)


def texts(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_csv(path, refuse)]


def test_quoted_line_breaks_and_huge_cells_are_one_row(tmp_path: Path) -> None:
    huge = "x" * 300_000
    path = tmp_path / "a.csv"
    path.write_text(f'text,label\n"one\ntwo ""2""",a\n{huge},b\n', encoding="utf-8")
    assert list(read_csv(path, refuse)) == [
        (1, {"text": 'one\ntwo "2"', "label": "a"}),
        (2, {"text": huge, "label": "b"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    lines = [["text", "label"], ["hello; you, there", "a"], ["tab\there | bar", "b"]]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(lines)
    assert texts(path) == [
        {"text": "hello; you, there", "label": "a"},
        {"text": "tab\there | bar", "label": "b"},
    ]


def test_single_column_keeps_its_commas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text\nhello, you\n"quoted, ""too"""\n', encoding="utf-8")
    assert [row["text"] for row in texts(path)] == ["hello, you", 'quoted, "too"']


def test_space_behind_the_comma_and_backslashes(tmp_path: Path) -> None:
    spaced, slashed = tmp_path / "a.csv", tmp_path / "b.csv"
    spaced.write_text('label, text\na, "b, c"\nd, "e, f"\n', encoding="utf-8")
    slashed.write_text('text,label\n"say \\"hi\\", you",a\n"\\"",b\n', encoding="utf-8")
    assert [row["text"] for row in texts(spaced)] == ["b, c", "e, f"]
    assert [row["text"] for row in texts(slashed)] == ['say "hi", you', '"']


def test_header_names_are_made_distinct(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",text,text, label \n0,a,b,c\n", encoding="utf-8")
    assert texts(path) == [{"column_1": "0", "text": "a", "text_2": "b", "label": "c"}]


def test_bad_rows_are_named_by_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(
        'text,label,note\none,a,\ntwo,b\n\n"three",c,n,extra\nfour,d,n,,\n"five"x,e,n\nsix,f,n\n',
        encoding="utf-8",
    )
    bad: list[BadRow] = []
    assert [(n, r["text"]) for n, r in read_csv(path, bad.append)] == [
        (1, "one"),
        (4, "four"),
        (6, "six"),
    ]
    assert [(b.file, b.row, b.column, b.found) for b in bad[:2]] == [
        ("bad.csv", 2, "note", "2 cells"),
        ("bad.csv", 3, "note", "4 cells"),
    ]
    assert bad[0].allowed == "3, as in the header; quote cells that hold a separator"
    assert bad[2].row == 5
    assert "lines 7 to 7" in bad[2].found
    assert len(bad) == 3


def test_a_quote_never_closed_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\none,a\n"two,b\nthree,c\n', encoding="utf-8")
    bad: list[BadRow] = []
    assert [n for n, _ in read_csv(path, bad.append)] == [1]
    assert [b.row for b in bad] == [2]
    assert "lines 3 to 4" in bad[0].found


def test_tsv_with_lonely_quotes_reads_them_as_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('label\ttext\nham\t"hello\nspam\tsay "hi" 5"\n', encoding="utf-8")
    assert [row["text"] for _, row in read_tsv(path, refuse)] == ['"hello', 'say "hi" 5"']


def test_tsv_with_paired_quotes_reads_them_as_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('label\ttext\nham\t"hello\tyou\nthere"\nspam\tb\n', encoding="utf-8")
    assert [row["text"] for _, row in read_tsv(path, refuse)] == ["hello\tyou\nthere", "b"]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"],
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    lines = (
        "text,label\n" + "我的订单还没有到，请帮忙查一下,物流 tracking\nhello there,other\n" * 30
    )
    path.write_bytes(lines.encode(encoding))
    rows = texts(path)
    assert rows[0] == {"text": "我的订单还没有到，请帮忙查一下", "label": "物流 tracking"}
    assert len(rows) == 60


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("text,label\n你好,a\n".encode("gb18030")))
    assert texts(path) == [{"text": "你好", "label": "a"}]


def test_damaged_utf8_is_refused_not_read_as_chinese(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = ("text\n" + "中文文本在这里\n" * 50).encode()
    path.write_bytes(good + b"\xe4\xbd\n" + good)
    with pytest.raises(InvalidInput, match=rf"byte {len(good)}\b"):
        texts(path)


def test_western_text_is_refused_not_read_as_chinese(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text\nun café crème à Évry, señor\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match="Save it again as UTF-8"):
        texts(path)


def test_broken_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"hello\n" * 1000)[:40])
    with pytest.raises(InvalidInput, match=r"a\.csv\.gz cannot be read"):
        texts(path)


def test_formulas_are_not_altered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    given_texts = ["=1+1", "+49 30", "-5 degrees", "@you"]
    rows = [{"id": str(i), "fields": {"text": t}} for i, t in enumerate(given_texts)]
    assert write_csv(rows, path) == 4
    assert [row["text"] for row in texts(path)] == given_texts


def test_columns_that_come_late_are_there_for_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    answers = [
        {"who": "ann", "action": "label", "value": "x"},
        {"who": "bo", "action": "skip", "value": None},
        {"who": "陈", "action": "label", "value": "y"},
    ]
    rows: list[dict[str, Any]] = [
        {"id": "1", "fields": {"text": "a"}, "meta": {"n": 1}, "label": "x", "answers": answers},
        {"id": "2", "fields": {"text": "b", "text_pair": "c"}, "meta": {"label": {"k": [1]}}},
    ]
    write_csv(rows, path)
    assert path.read_bytes().decode() == (
        "id,text,label,annotators,copy_of,n,text_pair,meta_label\r\n"
        "1,a,x,ann;陈,,1,,\r\n"
        '2,b,,,,,c,"{""k"":[1]}"\r\n'
    )


cell = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
shown = cell.filter(lambda text: text != "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(shown, cell, cell), min_size=1, max_size=12))
def test_what_is_written_is_read(tmp_path: Path, cells: list[tuple[str, str, str]]) -> None:
    path = tmp_path / "round.csv"
    rows = [
        {"id": f"{i:x}", "fields": {"text": t}, "label": label or None, "meta": {"备注": note}}
        for i, (t, label, note) in enumerate(cells)
    ]
    assert write_csv(rows, path) == len(cells)
    read = [(row["text"], row["label"], row["备注"]) for row in texts(path)]
    assert read == cells


def test_a_sample_that_ends_inside_quotes_still_shows_the_separator(tmp_path):
    path = tmp_path / "large.csv"
    for tail in range(40):  # so that the end of the sample falls on every part of a row
        rows = [f'r{i},"where is it, number {i}?",class {i % 7}' for i in range(12_000)]
        text = "id" + "x" * tail + ",text,label\n" + "\n".join(rows) + "\n"
        path.write_text(text, encoding="utf-8")
        _, row = next(iter(read_csv(path, lambda bad: None)))
        assert list(row.values()) == ["r0", "where is it, number 0?", "class 0"]

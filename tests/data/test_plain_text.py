"""Plain text and the choice of a format by the name of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from asknext.core.errors import BadRow, InvalidInput, NotFound
from asknext.data.formats import SUFFIXES, detect, open_rows
from asknext.data.plain_text import read_text


def refuse(row: BadRow) -> None:
    raise AssertionError(row)


def test_a_line_is_an_example_and_blank_ones_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("one\r\n\r\n  \n 二 \u2028 zwei\nlast".encode())
    assert list(read_text(path, refuse)) == [
        (1, {"text": "one"}),
        (2, {"text": " 二 \u2028 zwei"}),
        (3, {"text": "last"}),
    ]


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_suffix_has_a_reader(tmp_path: Path, suffix: str) -> None:
    assert detect(tmp_path / f"A.B{suffix.upper()}") == SUFFIXES[suffix]
    assert detect(tmp_path / f"a{suffix}.gz") == SUFFIXES[suffix]


def test_unknown_suffix_lists_the_formats() -> None:
    with pytest.raises(InvalidInput, match=r"'a\.xlsx'.*\.csv, .*\.json, \.jsonl.*\.parquet"):
        detect("a.xlsx")


def test_folders_and_hub_names_are_datasets(tmp_path: Path) -> None:
    assert [detect(p) for p in (tmp_path, "a/b", f"{tmp_path}::train")] == ["datasets"] * 3


def test_absent_file_and_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no\.csv"):
        open_rows(tmp_path / "no.csv", None, refuse)
    with pytest.raises(NotFound, match="no reader named 'excel'; there is: conll, csv"):
        open_rows(tmp_path / "no.csv", "excel", refuse)

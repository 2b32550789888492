"""Labels of a file: listed, and checked row by row against what a task allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from asknext.core.errors import BadRow, InvalidInput, NotFound
from asknext.core.tasks import Classification
from asknext.data.examples import read_examples
from asknext.data.labels import distinct_labels


def test_labels_are_listed_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"y": 2}\n{"y": " b "}\n{"y": null}\n{"x": 1}\n{"y": 2.0}\nbroken\n')
    assert distinct_labels(path, "y") == ["2", "b"]
    with pytest.raises(NotFound, match="named 'z'; there is: x, y"):
        distinct_labels(path, "z")
    with pytest.raises(InvalidInput, match="more than 1 different values"):
        distinct_labels(path, "y", limit=1)


def test_a_label_that_the_task_does_not_allow_is_a_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,y\none,yes\ntwo,maybe\nthree,\nfour, no\n")
    bad: list[BadRow] = []
    pairs = read_examples(
        path,
        {"text": "text", "label": "y"},
        task=Classification(("yes", "no")),
        on_bad=bad.append,
    )
    assert [(e.text, label) for e, label in pairs] == [
        ("one", "yes"),
        ("three", None),
        ("four", "no"),
    ]
    assert [(b.row, b.column, b.found) for b in bad] == [(2, "y", "the text 'maybe'")]
    assert "yes" in bad[0].allowed

"""Files into projects: seeds, gold, metadata, bad rows, nothing half-written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asknext.core.errors import AsknextError, BadRow, BadRows, InvalidInput
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore

FILE = """text,label,city
the parcel is late,delivery,Rome
I was charged twice,billing,Oslo
hm,,Bonn
"""
COLUMNS = {"text": "text", "label": "label"}
Put = Callable[[str, str], Path]


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    task = Classification(("billing", "delivery")).to_json()
    create_project(made, Settings(name="p", task=task))
    return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find(tmp_path / "home")


def test_a_label_column_seeds_answers_once(store: MemoryStore, home: Home, write: Put) -> None:
    path = write("a.csv", FILE)
    first = import_file(store, home, "p", path, COLUMNS)
    again = import_file(store, home, "p", path, COLUMNS)
    assert (first.new, first.seeded) == (3, 2)
    assert (again.new, again.known) == (0, 3)
    session = Session(store, "p", home)
    assert sorted(session.state.labels.values()) == ["billing", "delivery"]
    assert session.counts()["answers"] == 2


def test_gold_is_hidden_from_annotators(store: MemoryStore, home: Home, write: Put) -> None:
    import_file(store, home, "p", write("a.csv", FILE), COLUMNS, label_use="gold")
    session = Session(store, "p", home)
    assert session.state.labels == {}
    questions = session.ask(3, "ann")
    assert len(questions) == 3
    for question in questions:
        assert "delivery" not in str(question.to_json())
        assert "billing" not in str(question.to_json())


def test_other_columns_become_metadata(store: MemoryStore, home: Home, write: Put) -> None:
    import_file(store, home, "p", write("a.csv", FILE), COLUMNS, label_use="meta")
    meta = [example.meta for _, example in store.scan("p")]
    assert meta[0] == {"city": "Rome", "label": "delivery"}


def test_a_foreign_label_is_a_bad_row_and_nothing_stays(
    store: MemoryStore, home: Home, write: Put
) -> None:
    path = write("a.csv", FILE.replace("billing", "biling"))
    with pytest.raises(BadRows) as caught:
        import_file(store, home, "p", path, COLUMNS)
    row = caught.value.rows[0]
    assert (row.row, row.column) == (2, "label")
    assert "biling" in row.found
    assert "billing, delivery" in row.allowed
    assert store.outline("p") == []
    bad: list[BadRow] = []
    report = import_file(store, home, "p", path, COLUMNS, on_bad=bad.append)
    assert (report.new, report.skipped, len(bad)) == (2, 1, 1)


def test_unknown_uses_and_pairings_are_refused(store: MemoryStore, home: Home, write: Put) -> None:
    with pytest.raises(InvalidInput, match="allowed: seed, gold, meta"):
        import_file(store, home, "p", write("a.csv", FILE), COLUMNS, label_use="other")
    wrong = store.settings("p").changed(name="q", strategy="magic")
    with pytest.raises(AsknextError, match="no strategy named 'magic'"):
        create_project(store, wrong)


def test_the_encoder_is_settled_by_the_first_texts(
    store: MemoryStore, home: Home, write: Put
) -> None:
    path = write("zh.txt", "我的包裹还没到\n请帮我退款\n账户登录不了\n发票在哪里下载\n")
    report = import_file(store, home, "p", path, {"text": "text"})
    assert store.settings("p").encoder == "tfidf"
    assert "English" in report.notice

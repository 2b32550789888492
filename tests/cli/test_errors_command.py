"""``asknext errors``: lists for people and programs, and sending one to the queue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asknext.cli.app import app
from asknext.core.home import Home
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.server.helpers import LABELS, fill, gold


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    monkeypatch.setenv("ASKNEXT_HOME", str(tmp_path))
    place = Home.find(tmp_path)
    store = open_store(place.store_url)
    fill(store, "mail", 90)
    encode_project(store, place, "mail")
    session = Session(store, "mail", place)
    for number, question in enumerate(session.ask(45)):
        label = gold(question.example.text)
        wrong = next(other for other in LABELS if other != label)
        session.tell(question.example.id, wrong if number % 9 == 0 else label)
    store.close()
    return place


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["errors", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def test_lists_are_shown_and_sent(home: Home) -> None:
    page = home.root / "errors.html"
    text = run("mail", "--html", str(page))
    assert "Where it goes wrong: mail" in page.read_text(encoding="utf-8")
    assert "45 labels; judged 0 before their answer was known, 45 out of fold" in text
    assert "confusions (" in text
    found = json.loads(run("mail", "--kind", "worst", "--json"))
    assert [each["kind"] for each in found["lists"]] == ["worst"]
    [item, *_] = found["lists"][0]["items"]
    sent = run("mail", "--kind", "worst", "--item", item["name"], "--ask", "--json")
    assert json.loads(sent) == {"asked": [{"kind": "worst", "wanted": [item["id"]]}]}
    session = Session(open_store(home.store_url), "mail", home)
    assert [question.example.id for question in session.ask(1)] == [item["id"]]


def test_asking_needs_a_list(home: Home) -> None:
    assert "--ask needs --kind" in run("mail", "--ask", code=2)

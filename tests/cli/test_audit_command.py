"""``asknext audit``: questions drawn at random come next."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from asknext.cli.app import app
from asknext.core.home import Home
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.cli.test_errors_command import home

__all__ = ["home"]


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["audit", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_they_come_next(home: Home) -> None:
    found = json.loads(run("mail", "-k", "3", "--json"))
    assert len(found["wanted"]) == 3
    session = Session(open_store(home.store_url), "mail", home)
    asked = [question.example.id for question in session.ask(3, "ann")]
    assert asked == found["wanted"]
    said = run("mail", "-k", "2")
    assert f"2 questions drawn at random are asked next; {found['left'] - 2} more" in said


def test_an_interval_that_is_reached_asks_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert "is reached already" in run("mail", "--half", "0.45")

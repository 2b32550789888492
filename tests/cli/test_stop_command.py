"""``asknext stop``: the rules are shown and set, and wrong ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asknext.cli.app import app
from asknext.core.errors import AsknextError
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.loop.projects import create_project
from asknext.store.opening import open_store


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    monkeypatch.setenv("ASKNEXT_HOME", str(tmp_path))
    place = Home.find(tmp_path)
    store = open_store(place.store_url)
    create_project(store, Settings("mail", {"kind": "classification", "labels": ["a", "b"]}))
    store.close()
    return place


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["stop", "mail", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_rules_are_shown_and_set(home: Home) -> None:
    assert [line.split()[0] for line in run().splitlines()] == ["budget", "target", "stable"]
    rules = {"all_of": {"rules": {"stable": {}, "slope": {"gain": 0.02}}}}
    text = run(json.dumps(rules))
    assert text.startswith("all_of    go on: 0 of 3 comparisons")
    found = json.loads(run("--json"))
    assert found["rules"] == rules
    assert [verdict["rule"] for verdict in found["stop"]] == ["all_of"]
    assert run("--default").startswith("budget")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "rules are a JSON object"),
        ('{"luck": {}}', "no stop rule named 'luck'"),
        ('{"target": {"goodness": 1}}', "stop rule 'target' cannot be used like this"),
        ('{"stable": {"window": 2.5}}', "stop rule 'stable' cannot be used like this"),
        ('{"any_of": {"rules": "stable"}}', "'s' is no stop rule"),
        ('{"patience": {"rule": 5}}', "5 is no stop rule"),
    ],
)
def test_wrong_rules_are_refused_and_not_kept(home: Home, rules: str, message: str) -> None:
    with pytest.raises(AsknextError, match=message):
        CliRunner().invoke(app, ["stop", "mail", rules], catch_exceptions=False)
    assert json.loads(run("--json"))["rules"] == {}


def test_rules_and_default_exclude_each_other(home: Home) -> None:
    with pytest.raises(AsknextError, match="exclude each other"):
        CliRunner().invoke(
            app, ["stop", "mail", '{"stable": {}}', "--default"], catch_exceptions=False
        )
    assert [line.split()[0] for line in run().splitlines()] == ["budget", "target", "stable"]

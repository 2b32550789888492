"""``asknext strategies``: the table, one card, JSON, and errors."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from asknext.cli.app import app
from asknext.core import registry

runner = CliRunner()


def test_json_lists_every_strategy_and_wrapper():
    done = runner.invoke(app, ["strategies", "--json"])
    rows = {row["name"]: row for row in json.loads(done.stdout)["strategies"]}
    assert set(rows) == {*registry.names("strategy"), *registry.names("wrapper")}
    assert rows["margin"]["needs"] == ["proba"]


def test_one_strategy_is_told_in_full():
    done = runner.invoke(app, ["strategies", "margin"])
    assert "breaking ties" in done.stdout
    assert "needs: proba" in done.stdout


def test_the_table_names_all():
    done = runner.invoke(app, ["strategies"], env={"COLUMNS": "200"})
    for name in registry.names("strategy"):
        assert name in done.stdout

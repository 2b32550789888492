"""``asknext train``, ``runs``, ``rollback``, ``cancel``, as people type them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.home import Home
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.loop.deep.world import answer, make, tiny_bert

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    environment = {**os.environ, "ASKNEXT_HOME": str(tmp_path / "home"), "COLUMNS": "200"}
    environment.pop("ASKNEXT_STORE", None)

    def call(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "asknext", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


def test_a_deep_model_by_hand(run: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    base = tiny_bert(tmp_path / "base")
    home = Home.find(tmp_path / "home")
    store = open_store(f"sqlite:///{home.root / 'asknext.db'}")
    make(store, "p", base)
    store.configure(store.settings("p").changed(deep={"epochs": 8, "learning_rate": 3e-3}), 0.0)
    encode_project(store, home, "p")
    assert "no deep model has been trained yet" in run("runs", "p").stdout
    assert "label a few examples first" in run("train", "p", "--base", str(base), code=1).stderr
    answer(Session(store, "p", home), 40)
    assert "nothing to train" in run("train", "p", "--every", "0", "--due").stdout
    assert "r0001 promoted" in run("train", "p").stdout
    found = json.loads(run("runs", "p", "--json").stdout)
    assert found["serving"] == "r0001"
    assert [each["who"] for each in found["runs"]] == ["terminal"]
    assert found["runs"][0]["start"]["base"] == str(base)
    table = run("runs", "p").stdout
    assert "r0001 (serves)" in table
    assert "promoted" in table
    assert "the first encoder serves again" in run("rollback", "p").stdout
    assert "nothing to roll back" in run("rollback", "p", code=1).stderr
    assert "nothing to cancel" in run("cancel", "p", code=1).stderr
    assert "there is: r0001" in run("cancel", "p", "r9", code=1).stderr
    store.close()

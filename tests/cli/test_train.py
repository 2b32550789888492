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

from asknext.cli.train import train
from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.loop.deep.world import answer, gold, make, text_of, tiny_bert

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


def transfer(file: Path) -> list[str]:
    """Write a labelled file and compare starting fresh on it with starting from the project p."""
    rows = [f"{text_of(i)},{gold(text_of(i))}" for i in range(60)]
    file.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    how = "--seeds 2 --budget 12 --batch 6 --encoder tfidf --jobs 1 --json"
    return ["transfer", str(file), "--from", "p", *how.split()]


def test_one_of_several_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InvalidInput, match=r"one of 2 processes.*start it by itself"):
        train("p")


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
    assert "see its README.md" in run("export", "p", str(tmp_path / "taken"), "--hf").stdout
    assert "# p" in (tmp_path / "taken" / "README.md").read_text(encoding="utf-8")
    compared = json.loads(run(*transfer(tmp_path / "labelled.csv")).stdout)
    assert (compared["from"]["project"], compared["from"]["run"]) == ("p", "r0001")
    assert compared["fresh"]["encoder"] == "tfidf"
    assert compared["started"]["encoder"].startswith("tuned:")
    assert [compared[side]["curve"]["labels"] for side in ("fresh", "started")] == [[6, 12]] * 2
    assert compared["gain"][1] <= compared["gain"][0] <= compared["gain"][2]
    assert "the first encoder serves again" in run("rollback", "p").stdout
    assert "nothing to roll back" in run("rollback", "p", code=1).stderr
    assert "nothing to cancel" in run("cancel", "p", code=1).stderr
    assert "there is: r0001" in run("cancel", "p", "r9", code=1).stderr
    store.close()

"""The command line, as people type it: one temporary home, the bundled messages, TF-IDF."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext import example_data

POOL = str(example_data.path("support_messages.csv"))
TEST = str(example_data.path("support_messages_test.csv"))
Run = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.xdist_group("cli")  # one process, so that the project is made once
SLOW = pytest.mark.slow
# Each kind of file is one more process; tests/data checks every writer itself.
SUFFIXES = ["csv", *(pytest.param(suffix, marks=SLOW) for suffix in ("jsonl", "parquet", "json"))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    env = {**os.environ, "ASKNEXT_HOME": str(home)}
    env.pop("ASKNEXT_STORE", None)

    def call(*words: str, code: int = 0, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "asknext", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=env, input=text)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


@pytest.fixture(scope="module")
def shown(run: Run) -> Callable[..., Any]:
    def call(*words: str) -> Any:
        return json.loads(run(*words, "--json").stdout)

    return call


@pytest.fixture(scope="module")
def tickets(run: Run, shown: Callable[..., Any]) -> str:
    """A project with labels from the file."""
    made = shown("new", "tickets", POOL, "--text", "text", "--label", "label", "--encoder", "tfidf")
    assert made["import"]["new"] >= 1200
    assert made["labels"] == sorted(example_data.LABELS)
    run("import", "tickets", TEST, "--label", "label", "--split", "test")
    run("encode", "tickets")
    return "tickets"


def test_status_lists_projects_and_tells_of_one(tickets: str, shown: Callable[..., Any]) -> None:
    assert [row["project"] for row in shown("status")["projects"]] == [tickets]
    status = shown("status", tickets)
    assert status["model"]["state"] == "ready"
    assert status["counts"]["labelled"] >= 1200


def test_report_measures_on_the_test_set(
    tickets: str, shown: Callable[..., Any], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    assert shown("report", tickets, "--html", str(page), "--no-evidence")["evidence"] is None
    assert f"asknext report {tickets} --html" in page.read_text(encoding="utf-8")
    found = shown("report", tickets, "--html", str(page))
    assert found["evidence"]["answers"] == found["counts"]["labelled"]
    quality = found["quality"]
    assert quality["source"] == "test"
    assert quality["low"] < quality["estimate"] < quality["high"]
    text = page.read_text(encoding="utf-8")
    assert "<html" in text
    assert 'src="http' not in text
    assert "Not enough answers yet" in text, "all labels are from the file: none was random"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_can_be_taken_away(
    tickets: str, shown: Callable[..., Any], tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"labels.{suffix}"
    done = shown("export", tickets, str(target))
    assert done["rows"] > 1400
    assert target.stat().st_size > 0
    if suffix == "csv":
        with target.open(encoding="utf-8", newline="") as file:
            labels = {row["id"]: row["label"] for row in csv.DictReader(file)}
        with open(POOL, encoding="utf-8", newline="") as file:
            wanted = {row["text"]: row["label"] for row in csv.DictReader(file)}
        assert set(labels.values()) - {""} == set(wanted.values())


@pytest.mark.slow
def test_the_exported_model_predicts_like_the_live_one(
    tickets: str, run: Run, shown: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    run("export", tickets, str(folder), "--model")
    live = shown("report", tickets)["quality"]["estimate"]
    words = ["predict", str(folder), TEST, "--label", "label", "--evaluate"]
    assert json.loads(run(*words).stdout)["accuracy"] == pytest.approx(live)
    lines = run("predict", str(folder), text="where is my parcel\n我的包裹在哪里\n").stdout
    found = [json.loads(line) for line in lines.splitlines()]
    assert [row["text"] for row in found] == ["where is my parcel", "我的包裹在哪里"]
    assert all(row["value"] in example_data.LABELS for row in found)
    assert not list(folder.rglob("*.pkl"))


@pytest.mark.slow
def test_simulate_prints_the_stable_shape(shown: Callable[..., Any]) -> None:
    found = shown(
        "simulate", POOL, "--test", TEST, "--text", "text", "--label", "label",
        "--strategies", "random,margin", "--seeds", "2", "--budget", "40", "--batch", "20",
        "--encoder", "tfidf", "--jobs", "1",
    )  # fmt: skip
    for row in found["strategies"].values():
        assert set(row) >= {"area", "area_interval", "curve", "labels_to", "final"}
        assert set(row["curve"]) == {"labels", "mean", "low", "high"}
        assert row["curve"]["labels"] == [20, 40]


@pytest.mark.slow
def test_simulate_serves_other_tasks_and_the_labels_of_both_files(
    shown: Callable[..., Any], tmp_path: Path
) -> None:
    rows = example_data.path("satisfaction_sample.csv").read_text(encoding="utf-8").splitlines()
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("\n".join(rows[:180]), encoding="utf-8")
    two.write_text("\n".join([rows[0], *rows[180:]]), encoding="utf-8")
    words = ["--strategies", "random", "--seeds", "1", "--budget", "20", "--encoder", "tfidf"]
    found = shown("simulate", str(one), "--test", str(two), *words, "--jobs", "1")
    assert (found["metric"], found["pool"]) == ("closeness", 179)
    one.write_text("text,label\ngood,yes\nbad,no\nfine,yes\n", encoding="utf-8")
    two.write_text("text,label\nso so,maybe\nworst,no\n", encoding="utf-8")
    found = shown("simulate", str(one), "--test", str(two), *words, "--jobs", "1")
    assert found["test"] == 2


@pytest.mark.slow
def test_bad_rows_stop_the_import_or_are_set_aside(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("text,label\ngood one,yes\n,no\nanother,maybe\nlast,no\n", encoding="utf-8")
    words = ["new", "bad", str(path), "--text", "text", "--label", "label", "--labels", "yes,no"]
    failed = run(*words, code=1)
    assert "row 2" in failed.stderr
    assert "row 3" in failed.stderr
    assert "--skip-bad" in failed.stderr
    assert "bad" not in json.loads(run("status", "--json").stdout)["projects"]
    done = run(*words, "--skip-bad", "--json")
    assert json.loads(done.stdout)["import"]["new"] == 2
    rejected = [json.loads(x) for x in (tmp_path / "bad.csv.bad.jsonl").read_text().splitlines()]
    assert [row["row"] for row in rejected] == [2, 3]


def test_errors_are_one_line_or_one_object(run: Run) -> None:
    assert "no project named 'nobody'" in run("status", "nobody", code=1).stderr
    shape = json.loads(run("status", "nobody", "--json", code=1).stderr)
    assert shape["error"]["code"] == "not_found"
    run("status", "--no-such-option", code=2)


@pytest.mark.slow
def test_labelling_in_the_terminal(run: Run, shown: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "few.txt"
    path.write_text("one text\nanother text\na third one\n", encoding="utf-8")
    shown("new", "few", str(path), "--labels", "a,b", "--encoder", "tfidf")
    # a label, an unknown key, a skip, taking the skip back, flag, quit
    run("label", "few", "--who", "ann", text="1\n%\ns\nz\n!\nq\n")
    counts = shown("status", "few")["counts"]
    assert (counts["labelled"], counts["flagged"], counts["skipped"]) == (1, 1, 0)


@pytest.mark.slow
def test_doctor_knows_what_is_installed(shown: Callable[..., Any], home: Path) -> None:
    found = shown("doctor")
    assert found["home"] == str(home)
    assert found["core"]["numpy"]
    assert found["database"]["kind"] == "sqlite"

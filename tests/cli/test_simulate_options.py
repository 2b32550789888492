"""What a simulation can be told of its oracle and its start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from asknext import example_data

POOL = str(example_data.path("support_messages.csv"))
TEST = str(example_data.path("support_messages_test.csv"))
WORDS = ("--text", "text", "--label", "label", "--seeds", "1", "--encoder", "tfidf", "--jobs", "1")


def told(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "asknext", "simulate", POOL, "--test", TEST, *WORDS, *words]
    return subprocess.run(
        [*command, "--home", str(home)], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_start_noise_minutes_and_a_label(tmp_path: Path) -> None:
    words = ["--strategies", "typiclust,random", "--budget", "30", "--batch", "10", "--start", "20"]
    more = ["--noise", "0.2", "--seconds", "3,0.5", "--positive", example_data.LABELS[0]]
    done = told(tmp_path, *words, *more, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["metric"] == f"F1 of {example_data.LABELS[0]}"
    assert (found["start"], found["noise"]) == (20, 0.2)
    arms = found["strategies"]
    assert arms["random"]["curve"]["labels"] == [20, 30]
    starts = {name: row["curve"]["mean"][0] for name, row in arms.items()}
    assert starts["random"] == starts["typiclust"]
    assert arms["random"]["minutes"][0] == arms["typiclust"]["minutes"][0] > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seconds", "fast"], "--seconds takes one number or two"),
        (["--seconds", "1,2,3"], "--seconds takes one number or two"),
        (["--noise", "2"], "noise is the share of wrong answers"),
        (["--positive", "nothing"], "'nothing' is no label"),
        (["--start", "40", "--budget", "30"], "start is a part of the 30 labels"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: list[str], message: str) -> None:
    done = told(tmp_path, "--strategies", "random", *words)
    assert done.returncode == 1
    assert message in done.stderr.replace("\n", " ")

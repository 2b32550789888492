"""The benchmark can feed every strategy, and its tables say what was measured or what failed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.selection import data, floors, fresh, measure, ours, peers, tables
from benchmarks.selection.notes import NOTES

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "bench_peers.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("bench") / "data"
    data.make(made, 300, 60, columns=12, classes=4)
    return made


@pytest.mark.parametrize("name", ours.measured())
def test_every_strategy_can_be_fed(name, folder):
    first, second = (
        ours.prepare(name, data.Data(folder, most=40, labelled=20), 9, 1).run() for _ in range(2)
    )
    assert len(set(first)) == len(first) == 9
    assert set(first) <= set(range(40))
    assert first == second


def test_the_entropies_are_read_from_the_given_probabilities(folder):
    given = data.Data(folder)
    picked = ours.prepare("entropy", given, 5, 0).run()
    entropy = -(given.proba * np.log(given.proba)).sum(axis=1)
    assert set(picked) == set(np.argsort(-entropy)[:5].tolist())


def test_fewer_candidates_are_the_first_ones_with_the_same_labelled(folder):
    whole, part = data.Data(folder), data.Data(folder, most=30, labelled=10)
    np.testing.assert_array_equal(part.candidates, whole.candidates[:30])
    np.testing.assert_array_equal(part.known, whole.known[:10])
    np.testing.assert_array_equal(part.committee, whole.committee[:, :30])
    np.testing.assert_array_equal(part.known_proba, whole.known_proba[:10])


@pytest.mark.parametrize("name", sorted(floors.FLOORS))
def test_every_floor_runs_and_selects_nothing(name, folder):
    given = data.Data(folder, most=25, labelled=10)
    assert floors.case(name).prepare(given, 5, 0).run() is None


def test_every_peer_has_a_floor_beside_it():
    assert {case.strategy for case in peers.CASES} <= set(floors.FLOORS)
    assert set(NOTES) <= set(floors.FLOORS)
    pairs = [(case.strategy, case.who) for case in peers.CASES]
    assert len(set(pairs)) == len(pairs)


def test_a_fresh_process_measures(folder):
    found = fresh.run("k_center", "floor", folder, 5, 0, fresh.Limits())
    assert found["cpu_s"] > 0
    assert found["rows"] == []


def test_a_failing_case_says_why_in_one_line(folder):
    found = fresh.run("entropy", "no such peer", folder, 5, 0, fresh.Limits())
    assert found == {"error": "nobody called 'no such peer' does entropy"}


def test_a_case_above_its_memory_is_stopped(folder):
    found = fresh.run("margin", "asknext", folder, 5, 0, fresh.Limits(gib=0.001))
    assert found == {"error": "more than 0.001 GiB"}


def test_a_case_above_its_time_is_stopped(folder):
    slow, limits = "expected_error_reduction_exact", fresh.Limits(seconds=0.05)
    found = fresh.run(slow, "asknext", folder, 5, 0, limits)
    assert found == {"error": "more than 0.05 CPU-s"}


def test_a_table_compares_with_ours():
    def run(cpu, rows):
        return {"cpu_s": cpu, "extra_mib": 1.0, "rows": rows, "scaled": False}

    found = {
        "floor": [run(0.5, [])],
        "asknext": [run(1.0, [1, 2]), run(3.0, [1, 2]), run(2.0, [1, 2])],
        "slow": [run(5.0, [2, 3]), run(5.0, [1, 2])],
        "broken": [{"error": "ValueError: a | b"}],
    }
    lines = tables.table(found, "reading").splitlines()
    assert lines[2] == "| floor: reading | 0.5 | 1 | 0.25 × | |"
    assert lines[3] == "| **asknext** | 2 (1–3) | 1 | 1 × | |"
    assert lines[4] == "| slow | 5 (5–5) | 1 | 2.5 × | 75% |"
    assert lines[5] == "| broken | ValueError: a / b | | | |"
    assert lines[-1] == "Ours takes 4 × the floor; the fastest peer (slow) takes 2.5 × ours."


def test_the_command_prints_and_writes_a_table(tmp_path):
    out = tmp_path / "runs.json"
    sizes = ["--n", "60", "--k", "3", "--labelled", "10", "--repeats", "2", "--json", str(out)]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *sizes, "--only", "expected_model_change"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.search(r"^\| \*\*asknext\*\* \| [\d.e-]+ \(", done.stdout, re.MULTILINE), done.stdout
    runs = json.loads(out.read_text(encoding="utf-8"))["expected_model_change"]
    assert [len(set(run["rows"])) for run in runs["asknext"]] == [3, 3]


def test_growth_has_a_line_with_every_size():
    words = ["--growth", "--sizes", "40", "80", "--k", "3", "--labelled", "10", "--only", "margin"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=True
    )
    row = r"^\| `margin` \| [\d.e-]+, \d+ \| [\d.e-]+, \d+ \| [\d.e+-]+ \|$"
    assert re.search(row, done.stdout, re.MULTILINE), done.stdout


def test_lookahead_is_measured_on_a_thousand():
    assert measure.candidates("expected_error_reduction", 10_000) == 1_000
    assert measure.candidates("entropy", 10_000) == 10_000

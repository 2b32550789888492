"""Simulation is the product: the same loop, paired arms, the same figures however it is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from asknext import example_data
from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.core.tasks import Classification
from asknext.loop.oracle import Effort
from asknext.loop.session import Session
from asknext.loop.simulate import full_quality, run_arm, simulate
from asknext.loop.summary import Run, check_start
from asknext.loop.world import World, hold_out, prepare, read_labelled
from benchmarks import bench_saving

COLUMNS = {"text": "text", "label": "label", "id": "id"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = Home.find(tmp_path_factory.mktemp("sim"))
    pool = read_labelled(example_data.path("support_messages.csv"), COLUMNS, "pool")
    test = read_labelled(example_data.path("support_messages_test.csv"), COLUMNS, "test")
    task = Classification(tuple(example_data.LABELS))
    return prepare(home, pool, test, task, encoder="tfidf", budget=60, batch=20)


@pytest.mark.slow
def test_arms_share_their_start_seed_by_seed(world: World) -> None:
    vectors = world.caches()
    for seed in (0, 1):
        random, margin = (run_arm(world, vectors, name, seed) for name in ("random", "margin"))
        assert random.labels == margin.labels == (20, 40, 60)
        assert random.quality[0] == margin.quality[0]
        assert random.quality != margin.quality


def test_seeds_differ_and_repeat(world: World) -> None:
    vectors = world.caches()
    one, two = (run_arm(world, vectors, "random", seed) for seed in (0, 1))
    assert one.quality != two.quality
    assert run_arm(world, vectors, "random", 0) == one


def test_a_run_can_be_watched(world: World) -> None:
    """Asking a project for its evidence changes nothing about its run."""
    vectors = world.caches()
    seen: list[tuple[int, int]] = []

    def watch(session: Session, labels: int) -> None:
        found = session.evidence()
        assert found is not None
        seen.append((labels, found["answers"]))

    assert run_arm(world, vectors, "margin", 0, watch) == run_arm(world, vectors, "margin", 0)
    assert seen == [(20, 20), (40, 40), (60, 60)]


@pytest.mark.slow
def test_a_reported_saving_is_held_against_a_random_curve(world: World) -> None:
    made = replace(world, budget=200, control=0.2, gauged=False)
    found = bench_saving.project(made, (100, 200), 0)
    late = found["moments"][1]
    assert [moment["labels"] for moment in found["moments"]] == [100, 200]
    assert late["saving"]["low"] <= late["saving"]["estimate"] <= late["saving"]["high"]
    assert 0 < late["measured"]["n"] < 100
    random = bench_saving.random_curve(made, 0)
    assert random["sizes"][0] == 10
    assert random["sizes"][-1] == len(made.pool)
    assert random["quality"][-1] == pytest.approx(full_quality(made, made.caches()), abs=0.02)
    rows = [{**found, "set": "messages", "seed": 0, "random": random}]
    assert [said["labels"] for said in bench_saving.judged(rows)] == [100, 200]


def test_shape_of_the_summary(world: World) -> None:
    result = simulate(world, ["random", "auto"], 2)
    assert list(result["strategies"]) == ["random", "auto"]
    for row in result["strategies"].values():
        low, high = row["area_interval"]
        assert low <= row["area"] <= high
        curve = row["curve"]
        assert curve["labels"] == [20, 40, 60]
        assert all(
            a <= b <= c for a, b, c in zip(curve["low"], curve["mean"], curve["high"], strict=True)
        )
        assert set(row["labels_to"]) == {"0.90", "0.95", "0.98"}
        assert row["final"] == pytest.approx(curve["mean"][-1])
    assert 0.5 < result["full"] <= 1.0


def test_what_a_project_measures_of_itself_changes_no_question(world: World) -> None:
    plain = replace(world, gauged=False, self_training="off")
    for strategy in ("auto", "margin"):
        found = run_arm(plain, world.caches(), strategy, 0)
        assert found == run_arm(replace(plain, gauged=True), world.caches(), strategy, 0)
        assert not found.moments


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(world: World) -> None:
    assert simulate(world, ["margin"], 2, jobs=2) == simulate(world, ["margin"], 2, jobs=1)


@pytest.mark.slow
def test_asking_cleverly_is_visible_on_the_example(world: World) -> None:
    result = simulate(replace(world, budget=200), ["random", "auto"], 5, jobs=2)
    random, auto = (result["strategies"][name]["area"] for name in ("random", "auto"))
    assert auto > random
    assert full_quality(world, world.caches()) > 0.7


def test_hold_out_is_fixed_and_disjoint() -> None:
    pool = read_labelled(Path(example_data.path("support_messages.csv")), COLUMNS, "pool")
    kept, held = hold_out(pool)
    assert hold_out(pool) == (kept, held)
    assert not {e.id for e in kept} & {e.id for e in held}
    assert len(held) == len(pool) // 5


def test_a_shared_start_is_the_same_for_strategies_that_begin_by_themselves(world: World) -> None:
    started, vectors = replace(world, start=20, budget=40), world.caches()
    runs = [run_arm(started, vectors, name, 3) for name in ("random", "typiclust", "margin")]
    assert [run.labels for run in runs] == [(20, 40)] * 3
    assert len({run.quality[0] for run in runs}) == 1
    assert len({run.quality[1] for run in runs}) > 1
    check_start(20, runs)
    alone = [
        run_arm(replace(world, budget=20), vectors, name, 3) for name in ("random", "typiclust")
    ]
    assert alone[0].quality != alone[1].quality


def test_arms_that_differ_at_the_start_are_told_of() -> None:
    one, two = Run("random", 7, (10, 20), (0.5, 0.6)), Run("margin", 7, (10, 20), (0.5, 0.9))
    check_start(10, [one, two, Run("margin", 8, (10, 20), (0.4, 0.9))])
    with pytest.raises(AssertionError, match=r"seed 7: random has 0\.5, badge has 0\.4"):
        check_start(10, [one, Run("badge", 7, (10, 20), (0.4, 0.6))])
    check_start(0, [one, Run("badge", 7, (10, 20), (0.4, 0.6))])


def test_wrong_answers_cost_quality_and_reading_takes_minutes(world: World) -> None:
    right = replace(world, effort=Effort(3.0, 0.5), budget=40)
    wrong = replace(right, noise=0.5)
    vectors = world.caches()
    good, bad = (run_arm(each, vectors, "random", 0) for each in (right, wrong))
    assert good.quality[-1] > bad.quality[-1]
    assert good.minutes == bad.minutes
    assert 0 < good.minutes[0] < good.minutes[1]
    asked = {example.id: example for example in world.pool}
    least = min(right.effort.seconds(example.text) or 0 for example in asked.values())
    assert good.minutes[1] >= 40 * least / 60
    assert run_arm(replace(world, budget=20), vectors, "random", 0).minutes == ()
    assert "minutes" in simulate(right, ["random"], 1)["strategies"]["random"]


def test_quality_may_be_the_f1_of_a_label(world: World) -> None:
    label = world.task.form()["labels"][0]
    found = simulate(replace(world, positive=label, budget=20), ["random"], 1)
    assert found["metric"] == f"F1 of {label}"
    assert found["full"] != full_quality(world, world.caches())
    with pytest.raises(InvalidInput, match="no label of this classification task"):
        replace(world, positive="no such").exam(world.caches())


def test_a_start_beyond_the_budget_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="given: 61"):
        prepare(
            world.home, world.pool, world.test, world.task, encoder="tfidf", budget=60, start=61
        )

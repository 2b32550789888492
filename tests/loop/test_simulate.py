"""Simulation is the product: the same loop, paired arms, the same figures however it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from asknext import example_data
from asknext.core.home import Home
from asknext.core.tasks import Classification
from asknext.loop.simulate import (
    World,
    full_quality,
    hold_out,
    prepare,
    read_labelled,
    run_arm,
    simulate,
)

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


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(world: World) -> None:
    assert simulate(world, ["margin"], 2, jobs=2) == simulate(world, ["margin"], 2, jobs=1)


@pytest.mark.slow
def test_asking_cleverly_is_visible_on_the_example(world: World) -> None:
    from dataclasses import replace

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

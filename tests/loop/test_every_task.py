"""Each task runs the loop on real examples with its instant model, under every strategy for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from asknext.core.home import Home
from asknext.core.settings import INSTANT
from asknext.loop.simulate import run_arm
from asknext.loop.space import Caches
from asknext.loop.world import World
from asknext.strategies.catalogue import cards
from benchmarks.sets import SETS, world_of

ROWS, BUDGET, BATCH = 240, 36, 12
TRIED = {
    "multi_label": "goemotions",
    "regression": "emobank",
    "tagging": "wikineural_en",
    "preference": "gsm8k_pref",
    "generation": "multi30k_en_de",
}


def _serving(kind: str) -> Iterator[str]:
    yield from ("random", "auto")
    for row in cards(task=kind, model=INSTANT[kind]):
        if row["kind"] == "strategy" and kind in row["tasks"]:
            yield row["name"]


CASES = [
    pytest.param(kind, name, marks=() if name == "auto" else pytest.mark.slow)
    for kind in TRIED
    for name in dict.fromkeys(_serving(kind))
]


@pytest.fixture(scope="module")
def open_world(
    shared_path: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[World, Caches]]:
    home = Home.find(tmp_path_factory.mktemp("tasks"))

    @cache
    def make(name: str) -> tuple[World, Caches]:
        folder = shared_path(name).parent.parent
        sizes = {"pool": ROWS, "test": 100, "budget": BUDGET, "batch": BATCH}
        world = world_of(folder, name, home, encoder="tfidf", **sizes)
        return world, world.caches()

    return make


@pytest.mark.parametrize(("kind", "strategy"), CASES)
def test_it_asks_trains_and_repeats_itself(
    open_world: Callable[[str], tuple[World, Caches]], kind: str, strategy: str
) -> None:
    world, caches = open_world(TRIED[kind])
    run = run_arm(world, caches, strategy, 0)
    assert run.labels == (12, 24, 36)
    assert all(0 <= quality <= 1 for quality in run.quality)
    assert run_arm(world, caches, strategy, 0) == run
    last = run.moments[-1]  # what stop rules read is there for this task, too
    assert 0 <= last.change <= 1
    assert 0 <= last.uncertainty <= 1
    assert last.agreement <= 1
    assert bool(last.found) is (kind in ("multi_label", "tagging"))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(name for name, s in SETS.items() if s.kind in TRIED))
def test_every_set_runs_the_loop(
    open_world: Callable[[str], tuple[World, Caches]], name: str
) -> None:
    world, caches = open_world(name)
    assert run_arm(world, caches, "random", 0).labels == (12, 24, 36)
    assert run_arm(world, caches, "auto", 0).labels == (12, 24, 36)

"""Every strategy that the instant head can feed runs the loop on real texts, as a project would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.core.tasks import Classification
from asknext.loop.simulate import run_arm, simulate
from asknext.loop.world import World, prepare, read_labelled
from asknext.strategies.catalogue import cards
from tests.strategies.test_llm_pick import Endpoint, longest
from tests.strategies.test_llm_pick import endpoint as endpoint

ROWS, BUDGET, BATCH = 400, 45, 15
ELSEWHERE = {"llm_pick", "alps"}  # below; and in test_every_deep_strategy.py
WORKING = [
    row["name"]
    for row in cards(task="classification", model="linear")
    if row["kind"] == "strategy" and row["name"] not in ELSEWHERE
]
COSTLY = {"expected_error_reduction_exact", "lal"}  # fits a model for each label; grows a forest


@pytest.fixture(scope="module")
def world(shared_path: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> World:
    columns = {"text": "text", "label": "label"}
    pool, test = (
        read_labelled(shared_path("trec6", split), columns, kind)[:ROWS]
        for split, kind in (("train", "pool"), ("test", "test"))
    )
    task = Classification(tuple(sorted({str(example.gold) for example in pool})))
    home = Home.find(tmp_path_factory.mktemp("every"))
    return prepare(home, pool, test, task, encoder="tfidf", budget=BUDGET, batch=BATCH)


@pytest.fixture(scope="module")
def vectors(world: World) -> Any:
    return world.caches()


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n in COSTLY else n for n in WORKING],
)
def test_it_asks_trains_and_repeats_itself(world: World, vectors: Any, name: str) -> None:
    run = run_arm(world, vectors, name, 0)
    assert run.labels == (15, 30, 45)
    assert run.quality[-1] > 0.25  # the largest of the six classes has less
    assert run_arm(world, vectors, name, 0) == run


def test_what_the_model_cannot_feed_is_refused_before_the_first_question(world: World) -> None:
    needs = "strategy 'mnlp' does not serve 'classification'|needs .*, which the model 'linear'"
    with pytest.raises(InvalidInput, match=needs):
        simulate(world, ["random", "mnlp"], 1)
    with pytest.raises(InvalidInput, match=r"needs boundary_distance, which the model 'linear'"):
        simulate(world, ["deepfool_network"], 1)


@pytest.mark.parametrize(
    "spec",
    [
        "per_cost(margin)",
        'containing(margin, text="what")',
        "power(margin, beta=2)",
        "guarded(entropy, threshold=0.9)",
        "mixture(margin, typiclust)",
    ],
)
def test_wrappers_run_the_loop_too(world: World, vectors: Any, spec: str) -> None:
    assert run_arm(world, vectors, spec, 0).labels == (15, 30, 45)


def test_a_language_model_behind_an_endpoint_chooses(
    world: World, vectors: Any, endpoint: Endpoint
) -> None:
    endpoint.say = lambda question: (200, longest(question))
    spec = f'llm_pick(endpoint="{endpoint.url}", model="tiny")'
    assert run_arm(world, vectors, spec, 0).labels == (15, 30, 45)
    assert endpoint.asked

"""Simulation: the very same loop with an oracle that knows the labels.

Every arm runs a `Session` over an in-memory store: what is measured here is the product. Arms
share everything but the strategy: pool, test set, encoder, model, budget, and, seed by seed, the
random numbers.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.seeds import unit
from asknext.loop.checkpoints import Checkpoints, Unmeasured
from asknext.loop.deep.requests import LABELS, due, request
from asknext.loop.deep.round import run_round
from asknext.loop.exam import space_of
from asknext.loop.oracle import NO_TIME, Oracle
from asknext.loop.projects import check_settings, create_project
from asknext.loop.session import Session
from asknext.loop.space import Caches
from asknext.loop.summary import Run, check_start, summarise
from asknext.loop.world import World

ORACLE = "oracle"

Watch = Callable[[Session, int], None]
"""Be shown a project and its number of labels."""


def run_arm(
    world: World, caches: Caches, strategy: str, seed: int, watch: Watch | None = None
) -> Run:
    """Run one strategy with one seed; `watch` is shown the project after each round."""
    store: Store = registry.get("store", "memory")()
    settings = world.settings(strategy, seed)
    create_project(store, settings)
    store.add(settings.name, world.pool)
    oracle = Oracle(world.task, world.pool, noise=world.noise, effort=world.effort, seed=seed)
    exam = world.exam(caches)
    with home_of_arm(world, settings.name) as home:
        session = Session(
            store,
            settings.name,
            home,
            caches=caches,
            queue_size=max(world.batch, 1),
            checkpoints=Checkpoints if world.gauged else Unmeasured,
        )
        points = []
        for told, minutes in _rounds(session, oracle, world):
            points.append((told, minutes, exam.grade(session)))
            if watch:
                watch(session, told)
    labels, took, quality = zip(*points, strict=True)
    timed = took if world.effort != NO_TIME else ()
    return Run(strategy, seed, labels, quality, tuple(session.state.history()), timed)


@contextmanager
def home_of_arm(world: World, project: str) -> Iterator[Home]:
    """Give an arm that trains deep models a home of its own, which goes when the arm ends."""
    if not world.deep:
        yield world.home
        return
    with TemporaryDirectory(prefix="asknext-simulate-") as folder:
        home = Home(Path(folder))
        shutil.copytree(world.folder, home.project(project) / "encoder")
        yield home


def _rounds(session: Session, oracle: Oracle, world: World) -> Iterator[tuple[int, float]]:
    """Ask, tell and train until the budget is spent; yield labels and minutes of each round."""
    told, minutes = 0, 0.0
    session.train()
    chosen = _first(world, session.settings.seed)
    while told < world.budget:
        if not chosen:
            questions = session.ask(min(world.batch, world.budget - told), ORACLE)
            chosen = [question.example.id for question in questions]
        if not chosen:
            return
        minutes += _tell(session, oracle, chosen)
        told += len(chosen)
        chosen = []
        session.train()
        if due(session):
            run_round(session, request(session, why=LABELS))
            session.train()
        yield told, minutes


def _first(world: World, seed: int) -> list[str]:
    """Draw the examples that every arm of a seed starts with."""
    order = sorted(world.pool, key=lambda example: unit(seed, "start", example.key))
    return [example.id for example in order[: world.start]]


def _tell(session: Session, oracle: Oracle, examples: Sequence[str]) -> float:
    """Tell the answers to these examples; return the minutes that they took."""
    took = 0.0
    for example in examples:
        seconds = oracle.seconds(example)
        session.tell(example, oracle.answer(example), who=ORACLE, seconds=seconds)
        took += seconds or 0.0
    return took / 60


def full_quality(world: World, caches: Caches) -> float:
    """Return the quality of the model that has learnt from the whole pool."""
    batch = space_of(world.pool, caches).batch(np.arange(len(world.pool)))
    model = world.settings().build_model(world.task)
    fitted = model.fit(batch, [example.gold for example in world.pool], seed=0)
    return world.exam(caches).of(fitted)


_shared: dict[str, Any] = {}


def _enter(world: World) -> None:
    """Set a worker process up once: it keeps the world and the open vectors."""
    _shared["world"] = world
    _shared["caches"] = world.caches()


def _work(strategy: str, seed: int) -> Run:
    return run_arm(_shared["world"], _shared["caches"], strategy, seed)


def simulate(
    world: World,
    strategies: Sequence[str],
    seeds: int,
    *,
    jobs: int = 1,
    on_run: Callable[[Run, int, int], None] | None = None,
) -> dict[str, Any]:
    """Run every strategy with every seed and summarise; see `summarise` for the shape.

    `jobs` processes share the work; the result does not depend on how many.
    """
    for strategy in strategies:
        check_settings(world.settings(strategy))
    plan = [(strategy, seed) for seed in range(seeds) for strategy in strategies]
    runs: list[Run] = []
    for run in run_arms(world, plan, jobs):
        runs.append(run)
        if on_run:
            on_run(run, len(runs), len(plan))
    check_start(world.start, runs)
    return summarise(world, strategies, runs, full_quality(world, world.caches()))


def run_arms(world: World, plan: Sequence[tuple[str, int]], jobs: int = 1) -> Iterator[Run]:
    """Run these pairs of strategy and seed; with several jobs they end in any order."""
    if jobs <= 1:
        caches = world.caches()
        for strategy, seed in plan:
            yield run_arm(world, caches, strategy, seed)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_enter, initargs=(world,)) as workers:
        futures = [workers.submit(_work, strategy, seed) for strategy, seed in plan]
        for future in as_completed(futures):
            yield future.result()

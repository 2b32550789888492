"""Running: the arms of the suite, as lines in a file."""

from __future__ import annotations

import os
import platform
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.core.tasks import Task
from asknext.encoders.precision import checked_precision
from asknext.loop.oracle import Effort
from asknext.loop.projects import check_settings
from asknext.loop.simulate import run_arms
from asknext.loop.summary import Run, check_start
from asknext.loop.world import World, prepare
from benchmarks.curves import Curves, row_of
from benchmarks.labels.peers import spelled, there
from benchmarks.labels.plan import (
    GROUPS,
    SEEDS,
    chosen_sets,
    chosen_strategies,
    group_of,
    seeds_of,
)
from benchmarks.labels.rare import RARE, rare_parts, rare_task
from benchmarks.lines import versions
from benchmarks.sets import task_of, world_of

MODEL = "instant"
TOGETHER = 5  # seeds that are run on one set before the next one: a part of a run says something
HOW = ("pool", "test", "budget", "batch", "start", "noise")


def world(given: Namespace, name: str) -> World:
    """Read a set and encode it."""
    settings: dict[str, Any] = {key: getattr(given, key) for key in HOW}
    settings |= {"encoder": given.encoder or GROUPS[group_of(name)].encoder}
    settings |= {"effort": Effort(*given.cost), "self_training": "off"}
    settings["gauged"] = False
    home = Home(given.home)
    if name not in RARE:
        return world_of(given.data, name, home, **settings)
    sizes = settings.pop("pool"), settings.pop("test")
    return prepare(
        home,
        *rare_parts(given.data, name, *sizes),
        rare_task(name),
        positive=RARE[name],
        **settings,
    )


def how(given: Namespace) -> dict[str, Any]:
    """Return the protocol, as it is kept with every run."""
    same = {key: getattr(given, key) for key in HOW} | {"cost": list(given.cost)}
    return same | {"precision": checked_precision(None)}


def measure(given: Namespace, curves: Curves) -> None:
    """Run what is missing, a few seeds of every set in turn."""
    same_protocol([*curves.rows, {"how": how(given)}])
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    asked = {name: serving(given, name) for name in chosen_sets(given.sets)}
    for first in range(0, given.seeds or max(SEEDS.values()), TOGETHER):
        for name, strategies in asked.items():
            plan = missing(given, curves, name, strategies, range(first, first + TOGETHER))
            if plan:
                _measure(given, curves, name, plan, machine)


def serving(given: Namespace, name: str) -> list[str]:
    """Return the strategies that were asked for and serve a set; say which do not."""
    task: Task = rare_task(name) if name in RARE else task_of(given.data, name)
    asked = chosen_strategies(given.strategies.split(";"), name, there())
    found = [strategy for strategy in asked if fits(task, strategy)]
    if rest := [strategy for strategy in asked if strategy not in found]:
        print(f"{name}: these do not serve its task: {', '.join(rest)}", file=sys.stderr)
    return found


def missing(
    given: Namespace, curves: Curves, name: str, strategies: Sequence[str], seeds: range
) -> list[tuple[str, int]]:
    """Return the pairs of strategy and seed that the plan has and the file has not."""
    found = curves.missing(name, MODEL, strategies, seeds)
    return [(s, seed) for s, seed in found if seed < (given.seeds or seeds_of(s, name))]


def _measure(
    given: Namespace, curves: Curves, name: str, plan: Sequence[tuple[str, int]], machine: str
) -> None:
    made = world(given, name)
    shared = {**curves.shared(name, made), "model": MODEL, "machine": machine}
    shared["how"] = how(given) | {"encoder": made.encoder}
    shared["versions"] = versions()
    given_name = {spelled(strategy): strategy for strategy, _ in plan}
    for run in run_arms(made, [(spelled(s), seed) for s, seed in plan], given.jobs):
        curves.keep({**shared, **row_of(run), "strategy": given_name[run.strategy]})
        print(f"{name} {given_name[run.strategy]} {run.seed}: {run.quality[-1]:.3f}", flush=True)
    check_start(given.start, list(runs_on(curves, name)))


def runs_on(curves: Curves, name: str) -> Iterator[Run]:
    """Yield all runs on a set."""
    for row in curves.rows:
        if row["set"] == name:
            lists = tuple(row["labels"]), tuple(row["quality"])
            yield Run(row["strategy"], row["seed"], *lists)


def fits(task: Task, strategy: str) -> bool:
    """Say whether a strategy serves a task and reads what its model provides."""
    try:
        check_settings(Settings("suite", task.to_json(), strategy=spelled(strategy)))
    except InvalidInput:
        return False
    return True


def same_protocol(rows: Sequence[dict[str, Any]]) -> None:
    """Refuse runs that were not all made in the same way; encoders go by their set."""
    usual = {"cost": [], "precision": "fp32"}
    told = {str(sorted((usual | row["how"] | {"encoder": ""}).items())) for row in rows}
    if len(told) > 1:
        raise SystemExit(f"these are runs of several protocols: {'; '.join(sorted(told))}")

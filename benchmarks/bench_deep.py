"""Time deep rounds stage by stage, and show what they gain, on a labelled set.

    python -m benchmarks.bench_deep --data FOLDER [--set trec6] [--seeds 5] [--rounds 100,200,300]
        [--strategy auto] [--settings '{"effort": 1.0}'] [--out FILE]

The loop asks, an oracle answers, and at each of the `rounds` a deep round of MiniLM trains, judges,
encodes the whole pool and promotes, in this process, as ``asknext train`` does. `settings` are
those of a project's deep model. For each round there are the seconds of each stage (wall clock,
and of all cores together), what became of it, and the accuracy on the test set of what serves
before and after. The tables give means over seeds. Targets on TREC-6: at 100 labels the round takes
at most 60 s on two cores, accuracy after it is 88 % at 100 and 94 % at 300 labels.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.home import Home
from asknext.loop.deep.progress import Step
from asknext.loop.deep.requests import request
from asknext.loop.deep.round import run_round
from asknext.loop.projects import create_project
from asknext.loop.session import Session
from asknext.loop.simulate import ORACLE, home_of_arm
from asknext.loop.world import World
from benchmarks.sets import world_of


class Stages:
    """Add up the seconds of each stage of a round, as its steps come in."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._stage = "starting"
        self._since = (time.perf_counter(), time.process_time())

    def __call__(self, step: Step) -> None:
        """Take a step."""
        self.close()
        self._stage = step.stage

    def close(self) -> None:
        """Count what has passed to the stage that goes on."""
        now = time.perf_counter(), time.process_time()
        for found, new, old in zip((self.wall, self.cpu), now, self._since, strict=True):
            found[self._stage] = found.get(self._stage, 0.0) + new - old
        self._since = now


def loop(world: World, strategy: str, seed: int, rounds: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Label with one seed; yield what each deep round took and gained."""
    store = registry.get("store", "memory")()
    settings = world.settings(strategy, seed)
    create_project(store, settings)
    store.add(settings.name, world.pool)
    gold = {example.id: example.gold for example in world.pool}
    caches = world.caches()
    exam = world.exam(caches)
    with home_of_arm(world, settings.name) as home:
        session = Session(store, settings.name, home, caches=caches, queue_size=world.batch)
        session.train()
        told = 0
        for wanted in rounds:
            while told < wanted:
                for question in session.ask(min(world.batch, wanted - told), ORACLE):
                    session.tell(question.example.id, gold[question.example.id], who=ORACLE)
                    told += 1
                session.train()
            before = exam.grade(session)
            stages = Stages()
            run = run_round(session, request(session), stages)
            stages.close()
            start = time.perf_counter(), time.process_time()
            session.train()
            stages.wall["serving"] = time.perf_counter() - start[0]
            stages.cpu["serving"] = time.process_time() - start[1]
            yield {
                "strategy": strategy,
                "seed": seed,
                "labels": told,
                "state": run.state,
                "reason": run.result.get("reason", ""),
                "wall": stages.wall,
                "cpu": stages.cpu,
                "before": before,
                "after": exam.grade(session),
            }


def said(row: dict[str, Any]) -> str:
    """Return one line about one round."""
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in row["wall"].items())
    return (
        f"seed {row['seed']}, {row['labels']} labels: {row['before']:.3f} -> {row['after']:.3f} "
        f"{row['state']}; {sum(row['wall'].values()):.1f} s ({sum(row['cpu'].values()):.1f} of "
        f"all cores): {stages}"
    )


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each number of labels: means over the seeds."""
    yield "| labels | seeds | before | after | lowest | seconds | all cores | by stage | promoted |"
    yield "|---" * 9 + "|"
    for labels in dict.fromkeys(row["labels"] for row in rows):
        mine = [row for row in rows if row["labels"] == labels]
        names = dict.fromkeys(name for row in mine for name in row["wall"])
        parts = {n: statistics.mean(row["wall"].get(n, 0.0) for row in mine) for n in names}
        cpu = statistics.mean(sum(row["cpu"].values()) for row in mine)
        before, after = (statistics.mean(row[n] for row in mine) for n in ("before", "after"))
        yield (
            f"| {labels} | {len(mine)} | {before:.3f} | {after:.3f} "
            f"| {min(row['after'] for row in mine):.3f} | {sum(parts.values()):.1f} | {cpu:.1f} "
            f"| {', '.join(f'{n} {s:.1f}' for n, s in parts.items())} "
            f"| {sum(row['state'] == 'promoted' for row in mine)} |"
        )


def main() -> None:
    """Run what is asked for, print a line for each round and then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", default="trec6")
    parser.add_argument("--strategy", default="auto")
    parser.add_argument("--rounds", default="100,200,300")
    parser.add_argument("--settings", type=json.loads, default={})
    for name, value in (("seeds", 5), ("first", 0), ("pool", 5000), ("test", 500), ("batch", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--out", type=Path, help="a line of JSON for each round")
    given = parser.parse_args()
    rounds = [int(n) for n in given.rounds.split(",")]
    print(f"{platform.machine()}, {os.cpu_count()} cores; {given.set}, settings {given.settings}")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"pool": given.pool, "test": given.test, "budget": max(rounds)}
        home = Home.find(Path(folder))
        world = world_of(given.data, given.set, home, **sizes, batch=given.batch, encoder="minilm")
        world = replace(world, deep={"base": "minilm", "every": 0, **given.settings})
        for seed in range(given.first, given.first + given.seeds):
            for row in loop(world, given.strategy, seed, rounds):
                rows.append(row)
                print(said(row), flush=True)
                if given.out:
                    with given.out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()

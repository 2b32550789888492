"""Learning curves as lines in a file, one line a run: what the benchmarks of loops share.

A run is one arm with one seed on one set. What stands in the file is not run again, so that a
benchmark that was stopped goes on where it stopped.
"""

from __future__ import annotations

import platform
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from asknext.core import registry
from asknext.loop.exam import metric_of
from asknext.loop.simulate import full_quality, run_arms
from asknext.loop.summary import Run
from asknext.loop.world import World
from benchmarks.lines import Row, add, read

Key = tuple[str, str, str]


class Curves:
    """Hold the runs of a file.

    Args:
        path: JSON lines with ``set``, ``kind``, ``metric``, ``model``, ``strategy``, ``seed``,
            ``labels``, ``quality`` (both lists) and ``full``, the score with all labels of the
            pool, by the model that learns at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = read(path)

    def missing(
        self, name: str, model: str, strategies: Sequence[str], seeds: Iterable[int]
    ) -> list[tuple[str, int]]:
        """Return the pairs of strategy and seed that are not there yet."""
        there = {(r["set"], r["model"], r["strategy"], r["seed"]) for r in self.rows}
        plan = ((strategy, seed) for seed in seeds for strategy in strategies)
        return [(s, seed) for s, seed in plan if (name, model, s, seed) not in there]

    def run(
        self, name: str, model: str, world: World, plan: Sequence[tuple[str, int]], jobs: int = 1
    ) -> None:
        """Run these pairs and keep a line of each as it ends."""
        if not plan:
            return
        shared = {**self.shared(name, world), "model": model}
        for run in run_arms(world, plan, jobs):
            self.keep({**shared, **row_of(run)})

    def shared(self, name: str, world: World) -> Row:
        """Return what all runs on a set have in common."""
        metric = metric_of(world.task, world.positive)
        kind, full = world.task.kind, self._full(name, world)
        return {"set": name, "kind": kind, "metric": metric, "full": full}

    def keep(self, row: Row) -> None:
        """Keep a run, in the file too."""
        self.rows.append(row)
        add(self.path, row)

    def _full(self, name: str, world: World) -> float:
        known = (float(row["full"]) for row in self.rows if row["set"] == name)
        found = next(known, None)
        return full_quality(world, world.caches()) if found is None else found

    def arms(self) -> dict[Key, list[Row]]:
        """Return the runs of each (set, model, strategy), by seed."""
        found: dict[Key, list[Row]] = {}
        for row in sorted(self.rows, key=lambda row: int(row["seed"])):
            found.setdefault((row["set"], row["model"], row["strategy"]), []).append(row)
        return found


def row_of(run: Run) -> Row:
    """Return what a run says itself."""
    row: Row = {"strategy": run.strategy, "seed": run.seed}
    row |= {"labels": list(run.labels), "quality": list(run.quality)}
    return row | {"minutes": list(run.minutes)} if run.minutes else row


def mean_curve(rows: Sequence[Row]) -> list[float]:
    """Return the mean over the runs after each round."""
    return [statistics.mean(column) for column in zip(*(r["quality"] for r in rows), strict=True)]


def areas(rows: Sequence[Row]) -> dict[int, float]:
    """Return the area under each run's curve by its seed, in points."""
    area = registry.get("service", "evaluation.area")
    return {row["seed"]: 100 * float(area(row["labels"], row["quality"])) for row in rows}


def gain(rows: Sequence[Row], base: Sequence[Row] | None) -> str:
    """Return mean ± standard error of the differences of areas over the seeds of both."""
    if base is None or base is rows:
        return "–"
    ours, theirs = areas(rows), areas(base)
    gaps = [ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())]
    if not gaps:
        return "–"
    error = statistics.stdev(gaps) / len(gaps) ** 0.5 if len(gaps) > 1 else float("nan")
    return f"{statistics.mean(gaps):+.1f} ± {error:.1f}"


def machine(*libraries: str) -> str:
    """Say what this ran on."""
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return f"{platform.machine()}, Python {platform.python_version()}, {versions}"

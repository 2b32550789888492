"""Measure what texts without a label bring: areas of learning curves with and without them.

    python -m benchmarks.bench_unlabelled --data FOLDER [--sets trec6,sst2,ag_news_small,subj]
        [--strategies random,auto] [--seeds 3] [--pool 1000] [--test 500] [--budget 200]

All three arms (off, on, auto) share everything else, seed by seed. The table shows the area under
the learning curve without, and the gains of the others in points with the lowest of all seeds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from dataclasses import replace
from pathlib import Path

from asknext.core import registry
from asknext.core.home import Home
from asknext.loop.simulate import run_arm
from asknext.loop.world import World
from benchmarks.sets import world_of

MODES = ("off", "on", "auto")


def areas(world: World, strategy: str, seeds: int) -> dict[str, list[float]]:
    """Return the area (%) of each mode with each seed."""
    area, caches = registry.get("service", "evaluation.area"), world.caches()
    found: dict[str, list[float]] = {mode: [] for mode in MODES}
    for seed in range(seeds):
        for mode in MODES:
            run = run_arm(replace(world, self_training=mode), caches, strategy, seed)
            found[mode].append(100 * area(run.labels, run.quality))
    return found


def gain(with_it: list[float], without: list[float]) -> str:
    """Say the mean difference, and that of the worst seed."""
    differences = [a - b for a, b in zip(with_it, without, strict=True)]
    return f"{statistics.mean(differences):+.1f} (worst {min(differences):+.1f})"


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default="trec6,sst2,ag_news_small,subj")
    parser.add_argument("--strategies", default="random,auto")
    for name, usually in (("seeds", 3), ("pool", 1000), ("test", 500), ("budget", 200)):
        parser.add_argument(f"--{name}", type=int, default=usually)
    return parser.parse_args()


def main() -> None:
    """Run all arms and print a line for each set and strategy."""
    args = parsed()
    print("| set, strategy | off | on | auto |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        home = Home.find(Path(folder))
        for name in args.sets.split(","):
            parts = {"pool": args.pool, "test": args.test, "budget": args.budget, "batch": 20}
            world = world_of(args.data, name, home, encoder="minilm", **parts)
            for strategy in args.strategies.split(","):
                found = areas(world, strategy, args.seeds)
                off = found["off"]
                gains = " | ".join(gain(found[mode], off) for mode in MODES[1:])
                print(f"| {name}, {strategy} | {statistics.mean(off):.1f} | {gains} |", flush=True)


if __name__ == "__main__":
    main()

"""Show each task's loop learning on labelled sets: `auto` beside random, paired seeds.

    python -m benchmarks.bench_tasks --data FOLDER [--sets emobank,wnut17] [--strategies auto]
        [--models instant,deep] [--every 50] [--seeds 5] [--pool 1000] [--test 500]
        [--budget 200] [--batch 20] [--jobs 1] [--out FILE]

FOLDER holds a folder for each set of `benchmarks/sets.py`. A fixed random part of each is taken.
`instant` is the model that learns at once; with `deep` a model is fine-tuned in the loop whenever
`--every` labels are new, and takes over without being judged: what it is worth is what is asked.
With `gear` it is tried, and changed to, as a new project does by itself.
Each finished run is a line in FILE; run it again to go on where it stopped. The table shows the
score after the first, the middle and the last round and of all labels, and the area under the
curve less that of random with the same model, in points, with its standard error over the seeds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from asknext.core.home import Home
from asknext.loop.gears import gear_on
from benchmarks.bases import base_of
from benchmarks.curves import Curves, gain, machine, mean_curve
from benchmarks.sets import ONE_LABEL, SETS, task_of, world_of

INSTANT, DEEP, GEAR = "instant", "deep", "gear"


def deep_settings(name: str, model: str, given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the settings of the model that is fine-tuned; none for the one that is not."""
    if model == INSTANT:
        return {}
    base = base_of(given.data, name, folder)
    if model == GEAR:
        return {**gear_on(base["base"], task_of(given.data, name).kind), **base}
    return {"every": given.every, "judge": "none", **base}


def measure(name: str, curves: Curves, given: argparse.Namespace, folder: Path, seed: int) -> None:
    """Run what is missing of one set with one seed."""
    strategies = given.strategies.split(",")
    sizes = {n: getattr(given, n) for n in ("pool", "test", "budget", "batch", "encoder")}
    for model in given.models.split(","):
        plan = curves.missing(name, model, strategies, [seed])
        if plan:
            deep = deep_settings(name, model, given, folder)
            world = world_of(given.data, name, Home.find(folder), **sizes, deep=deep)
            curves.run(name, model, world, plan, given.jobs)


def table(curves: Curves, given: argparse.Namespace) -> None:
    """Print a line for each set, model and strategy that was asked for."""
    arms = curves.arms()
    asked = [
        (name, model, strategy)
        for name in given.sets.split(",")
        for model in given.models.split(",")
        for strategy in given.strategies.split(",")
        if (name, model, strategy) in arms
    ]
    labels = arms[asked[0]][0]["labels"]
    at = sorted({0, len(labels) // 2 - 1, len(labels) - 1})
    marks = " | ".join(f"at {labels[i]}" for i in at)
    print(f"| task | set | score | model | strategy | seeds | {marks} | all labels | less random |")
    print("|---" * (len(at) + 8) + "|")
    for key in asked:
        rows, row = arms[key], arms[key][0]
        scores = " | ".join(f"{mean_curve(rows)[i]:.3f}" for i in at)
        told = f"{row['kind']} | {row['set']} | {row['metric']} | {row['model']} | {key[2]}"
        beside = gain(rows, arms.get((*key[:2], "random")))
        print(f"| {told} | {len(rows)} | {scores} | {row['full']:.3f} | {beside} |")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    others = [name for name in SETS if name not in ONE_LABEL]
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default=",".join(others))
    parser.add_argument("--strategies", default="random,auto")
    parser.add_argument("--models", default=INSTANT)
    for name, value in (("seeds", 5), ("pool", 1000), ("test", 500), ("budget", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("batch", 20), ("jobs", 1), ("every", 50)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--out", type=Path, default=Path("tasks.jsonl"))
    return parser.parse_args()


def main() -> None:
    """Measure what is missing, seed by seed, then print the table."""
    given = parsed()
    curves = Curves(given.out)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seeds):
            for name in given.sets.split(","):
                measure(name, curves, given, Path(folder), seed)
    print(machine("numpy", "scikit-learn", "torch", "transformers"))
    print(f"{given.seeds} seeds, pool {given.pool}, test {given.test}, {given.batch} at a time\n")
    table(curves, given)


if __name__ == "__main__":
    main()

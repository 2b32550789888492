"""Show each task's loop learning on labelled sets: `auto` beside random, paired seeds.

    python benchmarks/bench_tasks.py --data FOLDER [--sets emobank,wnut17] [--strategies auto]
        [--seeds 5] [--pool 1000] [--test 500] [--budget 200] [--batch 20] [--out FILE]

FOLDER holds a folder for each set of `benchmarks/sets.py`. A fixed random part of each is taken.
Each finished arm is a line in FILE; run it again to go on where it stopped. The table shows the
score after the first, the middle and the last round and of all labels, and the area under the
curve of each strategy less that of random, in points, with its standard error over the seeds.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from asknext.core.home import Home
from asknext.loop.simulate import simulate
from benchmarks.sets import ONE_LABEL, SETS, world_of


def measure(name: str, strategies: Sequence[str], given: argparse.Namespace, home: Home) -> Any:
    """Run the arms of one set that are not there yet; yield a row for each."""
    sizes = {n: getattr(given, n) for n in ("pool", "test", "budget", "batch", "encoder")}
    world = world_of(given.data, name, home, **sizes)
    for strategy in strategies:
        found = simulate(world, [strategy], given.seeds, jobs=given.jobs)
        arm = found["strategies"][strategy]
        yield {
            "set": name,
            "kind": world.task.kind,
            "metric": found["metric"],
            "strategy": strategy,
            "full": found["full"],
            "curve": arm["curve"]["mean"],
            "labels": arm["curve"]["labels"],
            "areas": arm["areas"],
        }


def table(rows: Sequence[dict[str, Any]]) -> None:
    """Print a line for each set and strategy."""
    random = {row["set"]: row for row in rows if row["strategy"] == "random"}
    labels = rows[0]["labels"]
    at = [0, len(labels) // 2 - 1, len(labels) - 1]
    marks = " | ".join(f"at {labels[i]}" for i in at)
    print(f"| task | set | score | strategy | {marks} | all labels | area less random's |")
    print("|---" * (len(at) + 6) + "|")
    for row in rows:
        scores = " | ".join(f"{row['curve'][i]:.3f}" for i in at)
        told = f"{row['kind']} | {row['set']} | {row['metric']} | {row['strategy']}"
        print(f"| {told} | {scores} | {row['full']:.3f} | {gain(row, random.get(row['set']))} |")


def gain(row: dict[str, Any], base: dict[str, Any] | None) -> str:
    """Return mean ± standard error of the paired differences of areas, in points."""
    if base is None or base is row:
        return "–"
    gaps = [100 * (a - b) for a, b in zip(row["areas"], base["areas"], strict=True)]
    error = statistics.stdev(gaps) / len(gaps) ** 0.5 if len(gaps) > 1 else float("nan")
    return f"{statistics.mean(gaps):+.1f} ± {error:.1f}"


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    others = [name for name in SETS if name not in ONE_LABEL]
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(others))
    parser.add_argument("--strategies", default="random,auto")
    for name, value in (("seeds", 5), ("pool", 1000), ("test", 500), ("budget", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--out", type=Path, default=Path("tasks.jsonl"))
    return parser.parse_args()


def main() -> None:
    """Measure what is missing, then print the table."""
    given = parsed()
    strategies = given.strategies.split(",")
    lines = given.out.read_text(encoding="utf-8").splitlines() if given.out.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["set"], row["strategy"]) for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.sets.split(","):
            missing = [s for s in strategies if (name, s) not in done]
            for row in measure(name, missing, given, Home.find(folder)) if missing else ():
                rows.append(row)
                with given.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scikit-learn"))
    print(f"{platform.machine()}, Python {platform.python_version()}, {versions}")
    print(f"{given.seeds} seeds, pool {given.pool}, test {given.test}, {given.batch} at a time\n")
    table(rows)


if __name__ == "__main__":
    main()

"""Compare strategies by what they gain over random on labelled sets, with paired seeds.

    python benchmarks/bench_strategies.py --data FOLDER [--sets trec6,sms_spam] [--seeds 5]
        [--strategies random,margin,auto] [--pool 2000] [--budget 200] [--batch 20] [--out FILE]

FOLDER holds a folder for each set with train.parquet and test.parquet (columns text, label).
A fixed random part of each is taken. Each finished strategy is a line in FILE; run it again to
go on where it stopped. The table shows the area under the learning curve less that of random, in
points, with the standard error over the seeds; the second table shows accuracy by labels.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.home import Home
from asknext.core.seeds import unit
from asknext.core.tasks import Classification
from asknext.loop.simulate import World, prepare, read_labelled, simulate
from asknext.strategies.build import split

TEST = 1000


def make_world(folder: Path, given: argparse.Namespace, home: Home) -> World:
    """Read a set, take its part, encode it."""
    columns = {"text": "text", "label": "label"}
    parts = []
    for part, kind, size in (("train", "pool", given.pool), ("test", "test", TEST)):
        rows = read_labelled(folder / f"{part}.parquet", columns, kind)
        parts.append(sorted(rows, key=lambda row: unit(0, "part", row.key))[:size])
    task = Classification(tuple(sorted({str(row.gold) for part in parts for row in part})))
    return prepare(
        home, *parts, task, encoder=given.encoder, budget=given.budget, batch=given.batch
    )


def measure(world: World, name: str, strategy: str, given: argparse.Namespace) -> dict[str, Any]:
    """Run all seeds of one strategy."""
    runs: list[Any] = []
    simulate(world, [strategy], given.seeds, jobs=given.jobs, on_run=lambda r, *_: runs.append(r))
    runs.sort(key=lambda run: run.seed)
    area = registry.get("service", "evaluation.area")
    return {
        "set": name,
        "encoder": world.encoder,
        "strategy": strategy,
        "labels": list(runs[0].labels),
        "quality": [list(run.quality) for run in runs],
        "area": [float(area(run.labels, run.quality)) for run in runs],
    }


def gain(row: dict[str, Any], base: dict[str, Any]) -> str:
    """Return mean ± standard error of the paired differences of areas, in points."""
    gaps = [100 * (a - b) for a, b in zip(row["area"], base["area"], strict=True)]
    error = statistics.stdev(gaps) / len(gaps) ** 0.5 if len(gaps) > 1 else float("nan")
    return f"{statistics.mean(gaps):+.1f} ± {error:.1f}"


def table(rows: Sequence[dict[str, Any]]) -> None:
    """Print gains, one line a strategy, one column a set."""
    sets = list(dict.fromkeys(row["set"] for row in rows))
    found = {(row["set"], row["strategy"]): row for row in rows}
    print("| strategy | " + " | ".join(sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    for strategy in dict.fromkeys(row["strategy"] for row in rows):
        cells = []
        for name in sets:
            row, base = found.get((name, strategy)), found.get((name, "random"))
            if row is None or base is None:
                cells.append("")
            elif strategy == "random":
                cells.append(f"{100 * statistics.mean(row['area']):.1f}")
            else:
                cells.append(gain(row, base))
        print(f"| `{strategy}` | " + " | ".join(cells) + " |")


def curves(rows: Sequence[dict[str, Any]]) -> None:
    """Print mean accuracy (%) after each number of labels."""
    for row in rows:
        means = [100 * statistics.mean(column) for column in zip(*row["quality"], strict=True)]
        shown = " ".join(f"{n}: {q:.1f}" for n, q in zip(row["labels"], means, strict=True))
        print(f"{row['set']:<18} {row['strategy']:<28} {shown}")


def main() -> None:
    """Run what is not in the file yet, then print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ASKNEXT_DATA", "../shared/data")
    )
    parser.add_argument("--sets", default="trec6,ag_news_small,sms_spam,banking77")
    parser.add_argument("--strategies", default="random,margin,auto")
    parser.add_argument("--encoder", default="auto")
    for name, usual in (("seeds", 5), ("pool", 2000), ("budget", 200), ("batch", 20)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("bench_strategies.jsonl"))
    given = parser.parse_args()
    lines = given.out.read_text().splitlines() if given.out.exists() else []
    done = {(row["set"], row["strategy"]): row for row in map(json.loads, lines)}
    wanted = split(given.strategies)
    with tempfile.TemporaryDirectory() as folder:
        home = Home.find(Path(folder))
        for name in given.sets.split(","):
            missing = [s for s in wanted if (name, s) not in done]
            world = make_world(Path(given.data) / name, given, home) if missing else None
            for strategy in missing:
                assert world is not None
                row = measure(world, name, strategy, given)
                done[name, strategy] = row
                with given.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(
                    f"{name} {strategy}: {100 * statistics.mean(row['area']):.1f}", file=sys.stderr
                )
    chosen = [done[name, s] for name in given.sets.split(",") for s in wanted]
    table(chosen)
    print()
    curves(chosen)


if __name__ == "__main__":
    main()

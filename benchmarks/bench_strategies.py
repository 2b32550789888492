"""Compare strategies by what they gain over random on labelled sets, with paired seeds.

    python -m benchmarks.bench_strategies --data FOLDER [--sets trec6,sms_spam] [--seeds 5]
        [--strategies random,margin,auto] [--pool 2000] [--test 1000] [--budget 200] [--batch 20]
        [--jobs 2] [--out FILE]

FOLDER holds a folder for each set of `benchmarks/sets.py`. A fixed random part of each is taken.
Each finished run is a line in FILE; run it again to go on where it stopped. The table shows the
area under the learning curve less that of random, in points, with the standard error over the
seeds; the second table shows the score by labels.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from asknext.core.home import Home
from asknext.strategies.build import split
from benchmarks.bench_tasks import INSTANT
from benchmarks.curves import Curves, areas, gain, mean_curve
from benchmarks.sets import world_of


def table(curves: Curves, sets: Sequence[str], strategies: Sequence[str]) -> None:
    """Print gains, one line a strategy, one column a set; for random the area itself."""
    arms = curves.arms()
    print("| strategy | " + " | ".join(sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    for strategy in strategies:
        cells = []
        for name in sets:
            rows, base = (arms.get((name, INSTANT, s)) for s in (strategy, "random"))
            if rows is not None and rows is base:
                cells.append(f"{statistics.mean(areas(rows).values()):.1f}")
            else:
                cells.append("" if rows is None else gain(rows, base))
        print(f"| `{strategy}` | " + " | ".join(cells) + " |")


def by_labels(curves: Curves, sets: Sequence[str], strategies: Sequence[str]) -> None:
    """Print the mean score (%) after each number of labels."""
    for (name, _, strategy), rows in curves.arms().items():
        if name in sets and strategy in strategies:
            pairs = zip(rows[0]["labels"], mean_curve(rows), strict=True)
            shown = " ".join(f"{n}: {100 * q:.1f}" for n, q in pairs)
            print(f"{name:<18} {strategy:<28} {shown}")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default="trec6,ag_news_small,sms_spam,banking77")
    parser.add_argument("--strategies", default="random,margin,auto")
    parser.add_argument("--encoder", default="auto")
    for name, value in (("seeds", 5), ("pool", 2000), ("test", 1000), ("budget", 200)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=Path("strategies.jsonl"))
    return parser.parse_args()


def main() -> None:
    """Run what is not in the file yet, then print."""
    given = parsed()
    sets, strategies = given.sets.split(","), split(given.strategies)
    sizes = {n: getattr(given, n) for n in ("pool", "test", "budget", "batch", "encoder")}
    curves = Curves(given.out)
    with tempfile.TemporaryDirectory() as folder:
        for name in sets:
            plan = curves.missing(name, INSTANT, strategies, range(given.seeds))
            if plan:
                world = world_of(given.data, name, Home.find(folder), **sizes)
                curves.run(name, INSTANT, world, plan, given.jobs)
                print(f"{name}: {len(plan)} runs", file=sys.stderr)
    table(curves, sets, strategies)
    print()
    by_labels(curves, sets, strategies)


if __name__ == "__main__":
    main()

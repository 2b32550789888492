"""Compare strategies by what they save in labels: ours, `auto` and those of other libraries.

    python -m benchmarks.bench_labels --data FOLDER [--short] [--jobs 2] [--out FILE]
        [--sets english,rare,chinese,labels,numbers,tags] [--strategies "ours;peers"] [--seeds 0]
        [--peers SITE_PACKAGES] [--start 0] [--noise 0] [--cost 3,0.25] [--encoder minilm]
        [--replay] [--also FILE,FILE] [--parquet FILE] [--page docs/labels.md]
        [--longer FILE] [--end_to_end FILE] [--gear FILE] [--stops FILE] [--saving FILE]

FOLDER holds a folder for each set of `benchmarks/sets.py`; 2,000 texts are the pool, 1,000 the
test. Every arm is the product's own loop (`asknext simulate`): the same vectors, head, budget and,
seed by seed, random numbers; self-training is off in all. Sets are named one by one or as
``dev`` (those that `auto` was chosen on), ``confirm``, or by group. Strategies are separated by
semicolons; ``ours`` and ``peers`` stand for all that serve a set, ``small_text:breaking_ties`` for
one of a peer; how many seeds each has stands in `benchmarks/labels/plan.py`, ``--seeds N`` gives
all of them N. With ``--start N`` the first N labels are random and the same for all arms of a
seed, and that all score the same there is asserted.

Each finished run is a line in FILE; run it again to go on where it stopped. ``--replay`` runs
nothing and reads FILE and those of ``--also``. ``--longer`` names runs with a larger budget, for
the labels to 95 % on sets where the usual one is too small. ``--end_to_end``, ``--gear``,
``--stops`` and ``--saving`` add what `bench_end_to_end`, `bench_tasks`, `bench_stopping` and
`bench_saving` measured to the table of measures. ``--short`` ends within 20 minutes on two cores:
random, margin and auto on 13 sets, 10 seeds; it says what it leaves out. One seed of TREC-6 took
15 CPU-seconds with all of ours and 140 with all of the peers.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import others
from benchmarks.curves import Curves
from benchmarks.labels import page, peers, plan, running, stored
from benchmarks.labels.results import Results
from benchmarks.lines import OUT, Row, alike, read, store


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default="all")
    parser.add_argument("--strategies", default="ours;peers")
    sizes = {"seeds": 0, "pool": 2000, "test": 1000, "budget": 300, "batch": 10}
    for name, value in {**sizes, "start": 0, "jobs": os.cpu_count() or 1}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--noise", type=float, default=0.0, help="share of wrong answers")
    parser.add_argument(
        "--cost", type=_numbers, default=(), metavar="ANSWER,WORD", help="seconds of an answer"
    )
    parser.add_argument("--encoder", default="", help="instead of that of each group")
    parser.add_argument("--peers", default="", help="site-packages with the peers in it")
    parser.add_argument("--short", action="store_true", help="ends within 20 minutes on two cores")
    parser.add_argument("--replay", action="store_true", help="run nothing, read what is there")
    parser.add_argument("--also", type=_paths, default=(), help="more files of runs to read")
    for name, what in others.FILES.items():
        parser.add_argument(f"--{name}", type=Path, help=what)
    parser.add_argument(
        "--parquet",
        type=Path,
        help="write all runs to this file, those of other benchmarks beside it",
    )
    parser.add_argument("--page", type=Path, help="write the tables between the marks of this page")
    parser.add_argument("--out", type=Path, default=OUT / "labels.jsonl")
    parser.add_argument("--home", type=Path, default=OUT / "home", help="keeps the vectors")
    given = parser.parse_args()
    if given.short:
        given.sets = ",".join(plan.SHORT_SETS)
        given.strategies, given.seeds = ";".join(plan.SHORT_STRATEGIES), plan.SHORT_SEEDS
    return given


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(map(Path, text.split(",")))


def rows_of(paths: Sequence[Path]) -> list[Row]:
    """Read the runs of several files; a run that stands in two counts once."""
    found: dict[tuple[str, str, int], Row] = {}
    for path in paths:
        rows = stored.read(path) if path.suffix == ".parquet" else Curves(path).rows
        found |= {(row["set"], row["strategy"], row["seed"]): row for row in rows}
    running.same_protocol(list(found.values()))
    return list(found.values())


def main() -> None:
    """Measure what is missing, print the tables, write what was asked for."""
    alike()
    given = parsed()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with peers.registered(given.peers):
        if not given.replay:
            running.measure(given, Curves(given.out))
    rows = rows_of([given.out, *given.also])
    if not rows:
        raise SystemExit(f"there are no runs in {given.out}")
    results, about = Results(rows), stored.about(rows)
    beside = {name: path for name in others.FILES if (path := getattr(given, name))}
    more = list(others.lines(beside, results))
    print("\n".join(page.report(results, about, more)))
    if given.short:
        print(f"\n{plan.SHORT_LACKS}.")
    if given.parquet:
        stored.write(given.parquet, rows)
        for name, path in beside.items():
            store(given.parquet.with_name(f"{name}.parquet"), read(path))
    if given.page:
        page.write(given.page, results, about, more)


if __name__ == "__main__":
    main()

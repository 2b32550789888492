"""Time our strategies beside those of other libraries, on the same arrays, one thread each.

    python benchmarks/bench_peers.py [--n 10000] [--k 100] [--only badge,k_center] [--json FILE]
    python benchmarks/bench_peers.py --growth [--million]

Every run is a process of its own; the repeats of a strategy take turns. Timed is the selection
alone, after a small one that is not timed: probabilities and vectors are given. Memory is what
the selection adds at its peak. The floor is work that cannot be avoided, done with NumPy in the
same run. `benchmarks/peers.txt` lists the libraries; those that are not there say so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from selection import data, floors, fresh, growth, measure, ours, tables
from selection.notes import NOTES

from asknext.core import registry

PACKAGES = (
    "small-text", "scikit-activeml", "modAL-python", "alipy", "decile-distil", "baal",
    "bmdal_reg", "apricot-select", "submodlib-py", "faiss-cpu", "numpy", "scikit-learn", "torch",
)  # fmt: skip


def main() -> None:
    """Print the tables."""
    given = parsed()
    if given.case:
        measure.main(*given.case, given.folder, given.k, given.seed)
        return
    print(f"{machine()}\n", flush=True)
    limits = fresh.Limits(given.limit, given.gib)
    results = grown(given, limits) if given.growth else compared(given, limits)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=10_000, help="candidates")
    parser.add_argument("--k", type=int, default=100, help="picks")
    parser.add_argument("--labelled", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="strategies, with commas between")
    parser.add_argument("--limit", type=float, default=120.0, help="CPU-seconds of one selection")
    parser.add_argument("--gib", type=float, default=fresh.GIB, help="memory of one process")
    parser.add_argument("--json", type=Path, help="also write every run to this file")
    parser.add_argument("--growth", action="store_true", help="ours alone at several sizes")
    parser.add_argument("--million", action="store_true", help="the largest size too")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def compared(given: argparse.Namespace, limits: fresh.Limits) -> dict[str, Any]:
    """Print a table for each strategy that a peer has too; return every run."""
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        data.make(folder, given.n, given.labelled)
        for strategy in chosen(given.only, sorted(floors.FLOORS)):
            n = measure.candidates(strategy, given.n)
            print(f"## {strategy}: {n:,} candidates, {given.labelled:,} labelled, k = {given.k}\n")
            if strategy not in registry.names("strategy"):
                print("not among ours\n", flush=True)
                continue
            results[strategy] = repeated(strategy, folder, given, limits)
            print(tables.table(results[strategy], floors.FLOORS[strategy][0]))
            print(f"{NOTES.get(strategy, '')}\n".lstrip(), flush=True)
    return results


def repeated(
    strategy: str, folder: Path, given: argparse.Namespace, limits: fresh.Limits
) -> dict[str, list[dict[str, Any]]]:
    """Run every case of a strategy `repeats` times, in turn; not again what failed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for repeat in range(given.repeats):
        for case in measure.cases(strategy):
            runs = found.setdefault(case.who, [])
            if not any("error" in run for run in runs):
                k = given.k
                runs.append(fresh.run(strategy, case.who, folder, k, repeat, limits))
    return found


def grown(given: argparse.Namespace, limits: fresh.Limits) -> dict[str, Any]:
    """Print a row for each of our strategies; return every run."""
    sizes = [*given.sizes, *([1_000_000] if given.million else [])]
    names = chosen(given.only, ours.measured())
    print(f"{given.labelled:,} labelled, k = {given.k}\n\n{growth.head(sizes)}", flush=True)
    results = {}
    for strategy, cells in growth.measure(names, sizes, given.k, given.labelled, limits):
        print(growth.line(strategy, cells, sizes), flush=True)
        results[strategy] = cells
    return results


def chosen(only: str, names: list[str]) -> list[str]:
    """Return the strategies asked for."""
    return [name.strip() for name in only.split(",")] if only else names


def machine() -> str:
    """Describe the machine and the versions."""
    there = {package.metadata["Name"] for package in importlib.metadata.distributions()}
    found = [
        f"{name} {importlib.metadata.version(name)}" if name in there else f"{name} not installed"
        for name in PACKAGES
    ]
    cores = f"{platform.machine()}, {os.cpu_count()} cores, one used"
    return f"{cores}; Python {platform.python_version()}; {', '.join(found)}."


if __name__ == "__main__":
    main()

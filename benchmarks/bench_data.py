"""Time data in and out, and measure the memory of a large import.

    python benchmarks/bench_data.py [--rows 100000] [--large 1000000] [--repeats 3]

Texts are random words, 50 to 110 characters, one in fifty with a near duplicate. Each step
runs in a process of its own; shown are the best wall and processor time of the repeats and the
peak memory. The last line is the speed of the machine: a plain loop of ten million steps.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.seeds import generator

SHARE = 50
TARGETS = {"read csv": 3.5, "write csv": 3.0, "write jsonl": 3.0}


def make_csv(path: Path, rows: int) -> None:
    """Write a labelled CSV file with near duplicates."""
    rng = generator(0, "bench_data")
    lengths = rng.integers(2, 9, size=20_000)
    words = ["".join(chr(97 + c) for c in rng.integers(26, size=n)) for n in lengths]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "source", "number"])
        text = ""
        for i in range(rows):
            if i % SHARE:
                picks = rng.integers(len(words), size=int(rng.integers(10, 18)))
                text = " ".join(words[p] for p in picks)
            else:
                text = text.replace("e", "E") + "!"
            writer.writerow([text or "first", f"class {i % 10}", "web", i])


def exported(rows: int) -> Iterator[dict[str, Any]]:
    """Make rows as an export has them."""
    task = {"kind": "classification", "labels": [f"class {i}" for i in range(10)]}
    for i in range(rows):
        label = f"class {i % 10}"
        answer = {"who": "ann", "action": "label", "value": label, "at": 1.7e9 + i}
        yield {
            "id": f"{i:016x}",
            "fields": {"text": f"how do I move money to the other account number {i}?"},
            "meta": {"source": "web", "number": i},
            "label": label,
            "copy_of": None,
            "split": "pool",
            "answers": [{**answer, "seconds": 2.5, "note": ""}],
            "task": task,
        }


def step(name: str, rows: int, folder: Path) -> None:
    """Do one step and print wall seconds, processor seconds and peak MiB."""
    action, _, format = name.partition(" ")
    source = folder / f"{rows}.csv"
    read = registry.get("service", "data.examples")
    write = registry.get("writer", format) if action == "write" else None
    start, cpu = time.perf_counter(), time.process_time()
    if write is not None:
        count = write(exported(rows), folder / f"out.{format}")
    else:
        count = sum(1 for _ in read(source, {"text": "text", "label": "label"}))
    seconds = [time.perf_counter() - start, time.process_time() - cpu]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([count, *seconds, peak]))


def measure(name: str, rows: int, folder: Path, repeats: int) -> None:
    """Run a step in fresh processes and print its line."""
    command = [sys.executable, __file__, "--step", name, "--rows", str(rows), "--folder", folder]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(repeats)]
    wall, cpu, peak = (min(run[i] for run in runs) for i in (1, 2, 3))
    target = f"target {TARGETS[name]:.1f} s" if name in TARGETS and rows == 100_000 else ""
    if rows >= 1_000_000:
        target = "target 1024 MiB"
    shown = f"{name:<18}{rows:>10,} rows{wall:>8.2f} s{cpu:>8.2f} s cpu{peak:>8.0f} MiB"
    print(f"{shown}  {target}", flush=True)


def main() -> None:
    """Print one line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.step:
        step(args.step, args.rows, args.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in {args.rows, args.large}:
            make_csv(folder / f"{rows}.csv", rows)
        measure("read csv", args.rows, folder, args.repeats)
        for format in registry.names("writer"):
            measure(f"write {format}", args.rows, folder, args.repeats)
        measure("read csv", args.large, folder, 1)
    start = time.process_time()
    sum(i * i for i in range(10_000_000))
    print(f"{'plain loop':<18}{10_000_000:>10,} steps {time.process_time() - start:>15.2f} s cpu")


if __name__ == "__main__":
    main()

"""Compare how few labels are learnt: a head on frozen vectors, all weights, pairs of texts first.

    python -m benchmarks.bench_few --data FOLDER [--sets trec6,sst2] [--labels 20,30,50,100]
        [--hows frozen,full,contrastive] [--seeds 6] [--test 500] [--out FILE]

Of the embedded MiniLM, from so many labels drawn at random, the same for all ways. Each finished
training is a line in FILE; run it again to go on where it stopped. The table shows the mean
accuracy on the test set, and the processor seconds of the training.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.examples import Example
from asknext.core.seeds import unit
from asknext.core.tasks import Task
from asknext.encoders.minilm import MiniLM
from asknext.models.deep.finetuned import FineTuned
from benchmarks.curves import machine
from benchmarks.lines import OUT, Row, add, read
from benchmarks.sets import part_of, task_of

POOL = 2000
FROZEN = "frozen"


def texts(examples: Sequence[Example]) -> Batch:
    """Return examples as a model that reads texts takes them."""
    return Batch(len(examples), load=lambda: list(examples))


def said(
    task: Task, how: str, known: Sequence[Example], asked: Sequence[Example], seed: int
) -> tuple[list[str], float]:
    """Learn the known examples; return what is said of the others, and processor seconds."""
    labels = [example.gold for example in known]
    start = time.process_time()
    if how == FROZEN:
        encoder = MiniLM()
        learnt, new = (Batch(len(p), vectors=encoder.encode(list(p))) for p in (known, asked))
        fitted = registry.get("model", "linear")(task).fit(learnt, labels, seed=seed)
    else:
        learnt, new = texts(known), texts(asked)
        fitted = FineTuned(task, base="minilm", how=how).fit(learnt, labels, seed=seed)
    seconds = time.process_time() - start
    return task.values(fitted.predict(new)), seconds


def measure(given: argparse.Namespace) -> list[Row]:
    """Run what is missing; return all rows."""
    rows = read(given.out)
    there = {(row["set"], row["labels"], row["how"], row["seed"]) for row in rows}
    for name in given.sets.split(","):
        task = task_of(given.data, name)
        pool, test = (
            part_of(given.data, name, split, n)
            for split, n in (("train", POOL), ("test", given.test))
        )
        for seed in range(given.seeds):
            order = sorted(pool, key=lambda example: unit(seed, "start", example.key))
            for labels in map(int, given.labels.split(",")):
                for how in given.hows.split(","):
                    if (name, labels, how, seed) in there:
                        continue
                    values, seconds = said(task, how, order[:labels], test, seed)
                    right = [value == one.gold for value, one in zip(values, test, strict=True)]
                    row = {"set": name, "labels": labels, "how": how, "seed": seed}
                    rows.append({**row, "accuracy": float(np.mean(right)), "seconds": seconds})
                    add(given.out, rows[-1])
    return rows


def table(rows: Sequence[Row], hows: Sequence[str]) -> Iterator[str]:
    """Yield a line for each set and number of labels."""
    yield f"| set | labels | seeds | {' | '.join(hows)} |"
    yield "|---" * (3 + len(hows)) + "|"
    for name, labels in dict.fromkeys((row["set"], row["labels"]) for row in rows):
        own = [row for row in rows if (row["set"], row["labels"]) == (name, labels)]
        cells = []
        for how in hows:
            found = [row for row in own if row["how"] == how]
            mean = statistics.fmean(row["accuracy"] for row in found)
            cells.append(f"{mean:.3f} ({statistics.fmean(row['seconds'] for row in found):.0f} s)")
        seeds = len({row["seed"] for row in own})
        yield f"| {name} | {labels} | {seeds} | {' | '.join(cells)} |"


def main() -> None:
    """Measure what is missing, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default="trec6,sst2")
    parser.add_argument("--labels", default="20,30,50,100")
    parser.add_argument("--hows", default=f"{FROZEN},full,contrastive")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--test", type=int, default=500)
    parser.add_argument("--out", type=Path, default=OUT / "few.jsonl")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    rows = measure(given)
    print(machine("torch", "transformers"))
    print("\n".join(table(rows, given.hows.split(","))))


if __name__ == "__main__":
    main()

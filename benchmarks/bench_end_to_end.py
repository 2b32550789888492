"""Run small-text end to end, from the weights that our projects begin with, beside `auto`.

    python -m benchmarks.bench_end_to_end --data FOLDER --peers SITE_PACKAGES [--sets trec6,sst2]
        [--seeds 3] [--epochs 15] [--rate 1e-4] [--tokens 64] [--out FILE] [--ours FILE]

small-text's own loop with its own classifier: the embedded MiniLM is fine-tuned anew, all weights,
after every batch; the texts of smallest margin are asked next (breaking ties). Pool, test set and
budget are those of `bench_labels`; batches are larger, since each takes a training of minutes, and
the first is drawn at random. Its defaults are a rate of 2e-5 and 10 epochs, for more labels than
there are here; it is given more of both. ``--ours`` names runs of `bench_labels`, whose `auto` is
put beside it at the same numbers of labels: that one never changes its vectors. Each finished run
is a line in FILE; run it again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.examples import Example
from asknext.core.seeds import unit
from asknext.encoders.minilm import minilm_folder
from benchmarks.curves import areas, machine
from benchmarks.labels.plan import chosen_sets
from benchmarks.lines import OUT, Row, add, read
from benchmarks.sets import part_of

STRATEGY = "small_text:breaking_ties"


class SmallText:
    """Be a project of small-text.

    Args:
        pool: the texts to ask about, with their labels.
        test: the texts to be graded on.
        given: the settings of the command line.
    """

    def __init__(
        self, pool: Sequence[Example], test: Sequence[Example], given: argparse.Namespace
    ) -> None:
        from small_text import PoolBasedActiveLearner
        from small_text.integrations.transformers.classifiers.classification import (
            TransformerModelArguments,
        )
        from small_text.integrations.transformers.classifiers.factories import (
            TransformerBasedClassificationFactory,
        )
        from small_text.query_strategies import BreakingTies
        from transformers import AutoTokenizer

        self.folder, self.longest = str(minilm_folder()), given.tokens
        self.tokens = AutoTokenizer.from_pretrained(self.folder)
        self.classes = sorted({str(example.gold) for example in [*pool, *test]})
        self.pool, self.test = self._rows(pool), self._rows(test)
        how = {"num_epochs": given.epochs, "lr": given.rate, "device": "cpu"}
        factory = TransformerBasedClassificationFactory(
            TransformerModelArguments(self.folder), len(self.classes), kwargs=how
        )
        # It always validates; on two texts, and without choosing by it, that changes nothing.
        fit = {"validation_set": self.pool[:2], "early_stopping": "none", "model_selection": "none"}
        self.learner = PoolBasedActiveLearner(factory, BreakingTies(), self.pool, fit_kwargs=fit)

    def _rows(self, examples: Sequence[Example]) -> Any:
        from small_text.integrations.transformers.datasets import TransformersDataset

        found = self.tokens(
            [example.text for example in examples],
            truncation=True,
            max_length=self.longest,
            padding="max_length",
            return_tensors="pt",
        )
        parts = zip(found["input_ids"].split(1), found["attention_mask"].split(1), strict=True)
        rows = [
            (ids, mask, self.classes.index(str(example.gold)))
            for (ids, mask), example in zip(parts, examples, strict=True)
        ]
        return TransformersDataset(rows, target_labels=np.arange(len(self.classes)))

    def run(self, first: Sequence[int], budget: int, batch: int) -> Iterator[tuple[int, float]]:
        """Yield labels and accuracy on the test set after each training."""
        gold = np.asarray(self.pool.y)
        self.learner.initialize_data(np.array(first), gold[list(first)])
        told = len(first)
        yield told, self.accuracy()
        while told < budget:
            asked = self.learner.query(num_samples=min(batch, budget - told))
            self.learner.update(gold[asked])
            told += len(asked)
            yield told, self.accuracy()

    def accuracy(self) -> float:
        """Return the share of the test texts that is predicted right."""
        said = self.learner.classifier.predict(self.test)
        return float(np.mean(said == np.asarray(self.test.y)))


def one(given: argparse.Namespace, name: str, seed: int) -> Row:
    """Run one project."""
    import torch

    torch.manual_seed(seed)
    np.random.seed(seed)  # it draws from the global one
    pool = part_of(given.data, name, "train", given.pool)
    test = part_of(given.data, name, "test", given.test)
    order = sorted(range(len(pool)), key=lambda i: unit(seed, "start", pool[i].key))
    project = SmallText(pool, test, given)
    points = list(project.run(order[: given.batch], given.budget, given.batch))
    labels, quality = zip(*points, strict=True)
    return {"set": name, "kind": "classification", "metric": "accuracy", "model": "end to end",
            "strategy": STRATEGY, "seed": seed, "labels": labels, "quality": quality}  # fmt: skip


def table(rows: Sequence[Row], ours: Sequence[Row]) -> Iterator[str]:
    """Yield the areas set by set, over the seeds that both have."""
    yield "| set | seeds | small-text, fine-tuned | auto, vectors as they are | difference |"
    yield "|" + "---|" * 5
    for name, theirs, mine in beside(rows, ours):
        gap = statistics.fmean(mine) - statistics.fmean(theirs)
        cells = [f"{statistics.fmean(one):.1f}" for one in (theirs, mine)]
        yield f"| {name} | {len(theirs)} | {' | '.join(cells)} | {gap:+.1f} |"


def beside(
    rows: Sequence[Row], ours: Sequence[Row]
) -> Iterator[tuple[str, list[float], list[float]]]:
    """Yield set, areas of small-text, and areas of auto at the same seeds, in points."""
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        auto = [row for row in ours if row["set"] == name and row["strategy"] == "auto"]
        theirs, mine = areas(own), areas([at_labels(row, own[0]["labels"]) for row in auto])
        if seeds := sorted(theirs.keys() & mine.keys()):
            yield name, [theirs[seed] for seed in seeds], [mine[seed] for seed in seeds]


def at_labels(row: Row, labels: Sequence[int]) -> Row:
    """Return a run as if it had been looked at only after these numbers of labels.

    >>> at_labels({"labels": [10, 20, 30], "quality": [0.5, 0.6, 0.7]}, [20, 30])["quality"]
    [0.6, 0.7]
    """
    quality = np.interp(labels, row["labels"], row["quality"]).tolist()
    return {**row, "labels": list(labels), "quality": quality}


def main() -> None:
    """Run what is missing, then print the table."""
    given = _parsed()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    sys.path.append(given.peers)  # behind our own packages, so that torch is the same
    rows = read(given.out)
    there = {(row["set"], row["seed"]) for row in rows}
    for seed in range(given.seeds):
        for name in chosen_sets(given.sets):
            if (name, seed) not in there:
                rows.append(one(given, name, seed))
                add(given.out, rows[-1])
                print(f"{name} {seed}: {rows[-1]['quality'][-1]:.3f}", flush=True)
    print(machine("torch", "transformers"))
    print("\n".join(table(rows, read(given.ours))))


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--peers", default="", help="site-packages with small-text in it")
    parser.add_argument("--sets", default="trec6,sst2")
    parser.add_argument("--rate", type=float, default=1e-4, help="learning rate")
    parser.add_argument("--out", type=Path, default=OUT / "end_to_end.jsonl")
    parser.add_argument("--ours", type=Path, default=OUT / "labels.jsonl")
    sizes = {"seeds": 3, "pool": 2000, "test": 1000, "budget": 300, "batch": 50}
    for name, value in {**sizes, "epochs": 15, "tokens": 64}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


if __name__ == "__main__":
    main()

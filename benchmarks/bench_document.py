"""Run the loop that tutorials show beside ours: same weights, data, budget; paired seeds.

    python -m benchmarks.bench_document --data FOLDER [--set sst2] [--seeds 5] [--pool 1500]
        [--test 500] [--arms tutorial,repaired,asknext] [--out FILE]

`tutorial` is the usual loop with transformers alone: 100 first labels, a classifier trained by
Trainer with 3 epochs and batches of 16, then 5 times the 100 texts of highest entropy, and
training goes on with all labels. As it is usually written it draws round i from the texts from
100 + 100 i on, so that some are asked twice and others never; `repaired` draws from all that
were not asked yet. `asknext` is `examples/tune_while_labelling.py`. All start from the embedded
MiniLM. Each finished run is a line in FILE; run it again to go on where it stopped.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.examples import Example
from asknext.core.seeds import generator
from asknext.encoders.minilm import MiniLM
from benchmarks.curves import machine
from benchmarks.sets import part_of
from examples.tune_while_labelling import label_and_tune

FIRST, ROUNDS, STEP = 100, 5, 100
LONGEST = 128


class Tutorial:
    """Be the loop of the tutorials; `repaired` where each text is asked at most once."""

    def __init__(self, pool: Sequence[Example], seed: int, *, repaired: bool) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, set_seed

        set_seed(seed)
        order = generator(seed, "order").permutation(len(pool))
        self.pool = [pool[i] for i in order]
        self.labels = sorted({str(example.gold) for example in pool})
        self.seed, self.repaired = seed, repaired
        folder = str(MiniLM().folder)
        self.tokens = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            folder, num_labels=len(self.labels)
        )

    def run(self, test: Sequence[Example]) -> list[float]:
        """Return the accuracy after each training."""
        train, found = self.pool[:FIRST], []
        for i in range(ROUNDS + 1):
            self.train(train)
            found.append(self.accuracy(test))
            asked = {example.id for example in train}
            rest = [e for e in self.pool if e.id not in asked]
            offered = rest if self.repaired else self.pool[FIRST + i * STEP :]
            chosen = np.argsort(self.entropy(offered))[-STEP:] if i < ROUNDS else ()
            train = [*train, *(offered[j] for j in chosen)]
        return found

    def train(self, examples: Sequence[Example]) -> None:
        """Go on training with these labels."""
        from transformers import DataCollatorWithPadding, Trainer, TrainingArguments

        rows = [{**self.read([e.text]), "labels": self.labels.index(str(e.gold))} for e in examples]
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                folder,
                num_train_epochs=3,
                per_device_train_batch_size=16,
                save_strategy="no",
                logging_strategy="no",
                report_to=[],
                disable_tqdm=True,
                seed=self.seed,
            )
            collate = DataCollatorWithPadding(self.tokens)
            Trainer(self.model, arguments, collate, rows, processing_class=self.tokens).train()

    def read(self, texts: Sequence[str], **more: Any) -> Any:
        """Tokenize; one text gives plain lists."""
        given: Any = texts[0] if len(texts) == 1 and not more else list(texts)
        return self.tokens(given, truncation=True, max_length=LONGEST, **more)

    def proba(self, examples: Sequence[Example]) -> Any:
        """Return the probabilities of the classes (n, c)."""
        import torch

        self.model.eval()
        parts = []
        with torch.inference_mode():
            for at in range(0, len(examples), 64):
                texts = [example.text for example in examples[at : at + 64]]
                logits = self.model(**self.read(texts, padding=True, return_tensors="pt")).logits
                parts.append(torch.softmax(logits, dim=1).numpy())
        return np.concatenate(parts)

    def entropy(self, examples: Sequence[Example]) -> Any:
        """Return the entropy of each prediction (n,)."""
        proba = self.proba(examples)
        return -(proba * np.log(np.clip(proba, 1e-12, 1))).sum(axis=1)

    def accuracy(self, examples: Sequence[Example]) -> float:
        """Return the share that is predicted right."""
        said = self.proba(examples).argmax(axis=1)
        return float(
            np.mean([self.labels[i] == e.gold for i, e in zip(said, examples, strict=True)])
        )


def run(arm: str, pool: list[Example], test: list[Example], seed: int) -> list[float]:
    """Return the accuracy after 100, 200 … 600 labels."""
    if arm != "asknext":
        return Tutorial(pool, seed, repaired=arm == "repaired").run(test)
    with tempfile.TemporaryDirectory() as folder:
        files = (
            written(Path(folder) / f"{part}.csv", examples)
            for part, examples in (("train", pool), ("test", test))
        )
        return label_and_tune(*files, seed=seed)


def written(path: Path, examples: Sequence[Example]) -> Path:
    """Write texts and labels as our users have them: a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["text", "label"])
        out.writerows([example.text, example.gold] for example in examples)
    return path


def table(rows: Sequence[dict[str, Any]]) -> None:
    """Print the mean accuracy by labels, and the paired differences: mean of the curve, its end."""
    labels = " | ".join(str(FIRST + i * STEP) for i in range(ROUNDS + 1))
    print(f"| loop | seeds | {labels} | mean, less the tutorial's | at the end, less its |")
    print("|---" * (ROUNDS + 5) + "|")
    curves = {(row["arm"], row["seed"]): row["accuracy"] for row in rows}
    for arm in dict.fromkeys(arm for arm, _ in curves):
        own = [curve for (other, _), curve in curves.items() if other == arm]
        means = " | ".join(f"{statistics.mean(each):.3f}" for each in zip(*own, strict=True))
        pairs = [
            (curve, curves["tutorial", seed])
            for (other, seed), curve in curves.items()
            if other == arm and ("tutorial", seed) in curves
        ]
        whole = gap([statistics.mean(a) - statistics.mean(b) for a, b in pairs])
        print(
            f"| {arm} | {len(own)} | {means} | {whole} | {gap([a[-1] - b[-1] for a, b in pairs])} |"
        )


def gap(differences: Sequence[float]) -> str:
    """Return the mean in points, with its standard error; a dash where there are none."""
    if not differences:
        return "–"
    points = [100 * difference for difference in differences]
    error = statistics.stdev(points) / len(points) ** 0.5 if len(points) > 1 else float("nan")
    return f"{statistics.mean(points):+.1f} ± {error:.1f}"


def main() -> None:
    """Run what is not in the file yet, then print."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--set", default="sst2")
    parser.add_argument("--arms", default="tutorial,repaired,asknext")
    for name, value in (("seeds", 5), ("pool", 1500), ("test", 500)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--out", type=Path, default=Path("document.jsonl"))
    given = parser.parse_args()
    lines = given.out.read_text(encoding="utf-8").splitlines() if given.out.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["arm"], row["seed"]) for row in rows}
    parts = (("train", given.pool), ("test", given.test))
    pool, test = (part_of(given.data, given.set, part, size) for part, size in parts)
    for seed in range(given.seeds):
        for arm in given.arms.split(","):
            if (arm, seed) not in done:
                rows.append({"arm": arm, "seed": seed, "accuracy": run(arm, pool, test, seed)})
                with given.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    print(machine("numpy", "torch", "transformers"))
    print(f"{given.set}, pool {given.pool}, test {given.test}\n")
    table(rows)


if __name__ == "__main__":
    main()

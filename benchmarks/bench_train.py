"""Time fine-tuning against a bare Trainer with the same settings, data and weights.

    python benchmarks/bench_train.py [--texts 1000] [--tokens 64] [--epochs 3] [--repeats 3]
        [--peers .venv-peers/lib/python3.11/site-packages]

Each run is a process of its own, so that none warms the other up; runs take turns, ours and the
bare one side by side, and the median ratio of neighbours counts. Prints seconds from texts to
trained weights (imports apart), processor seconds and the largest resident set, for all weights,
LoRA and the head alone. Target: all weights at most 1.05 times the bare Trainer.

The bare run is what the documentation of transformers shows: AutoModelForSequenceClassification,
TrainingArguments, Trainer; same optimiser, schedule, batches by length and no evaluation.

With `--peers`, the folder where small-text is installed (`make bench-select` makes one), small-text
trains all weights in the same turns, on the same texts for as many epochs, without its early
stopping and model selection. It needs transformers, which it finds in this environment.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WAYS = ("full", "lora", "head")
CLASSES = 6
TARGET = 1.05
WORDS = ("time", "people", "way", "day", "man", "thing", "woman", "life", "child", "world")


def texts(count: int, tokens: int) -> tuple[list[str], list[str]]:
    """Return texts of about so many tokens of MiniLM, and the class of each."""
    rng = np.random.default_rng(0)
    words = np.array(WORDS)
    made, labels = [], []
    for i in range(count):
        drawn = words[rng.integers(0, len(words), tokens - 3)]
        made.append(" ".join([words[i % CLASSES], *drawn]))
        labels.append(f"class {i % CLASSES}")
    return made, labels


def ours(options: argparse.Namespace, how: str) -> dict[str, Any]:
    """Train by asknext, libraries imported before the clock starts."""
    import peft  # noqa: F401  # heavy, and the bare run has it too
    import torch  # noqa: F401
    import transformers  # noqa: F401

    import asknext.models.deep.trainer  # noqa: F401
    from asknext.core.batch import Batch
    from asknext.core.examples import text_example
    from asknext.core.tasks import Classification
    from asknext.models.deep.finetuned import FineTuned

    made, labels = texts(options.texts, options.tokens)
    examples = [text_example(text) for text in made]
    task = Classification(tuple(f"class {i}" for i in range(CLASSES)))
    settings = {"epochs": options.epochs, "batch": options.batch, "hold_back": 0.0, "how": how}
    settings["embeddings"] = "learnt"  # as the others do; ours are frozen unless asked for
    model = FineTuned(task, max_tokens=options.tokens, **settings)
    batch = Batch(len(examples), load=lambda: examples)
    start, cpu = time.perf_counter(), time.process_time()
    fitted = model.fit(batch, labels, seed=0)
    taken = time.perf_counter() - start, time.process_time() - cpu
    return _told(*taken, fitted.facts["loss"][-1])


def bare(options: argparse.Namespace, how: str) -> dict[str, Any]:
    """Train by a Trainer alone, from the same folder to the same end."""
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model

    from asknext.encoders.minilm import minilm_folder
    from asknext.encoders.precision import fastest_precision

    made, labels = texts(options.texts, options.tokens)
    start, cpu = time.perf_counter(), time.process_time()
    folder = str(minilm_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=CLASSES
    )
    if how == "head":
        for name, weights in model.named_parameters():
            weights.requires_grad_("classifier" in name or "pooler" in name)
    if how == "lora":
        layers = ["query", "key", "value", "attention.output.dense", "intermediate.dense"]
        # A pattern, because "output.dense" would also be the pooler's name.
        pattern = rf".*encoder\.layer.*({'|'.join([*layers, 'output.dense'])})"
        config = LoraConfig(
            r=8,
            lora_alpha=16,
            lora_dropout=0.05,
            target_modules=pattern,
            modules_to_save=["classifier", "pooler"],
        )
        model = get_peft_model(model, config)
    found = tokenizer(made, truncation=True, max_length=options.tokens)
    number = {f"class {i}": i for i in range(CLASSES)}
    rows = [
        {name: found[name][i] for name in found} | {"labels": number[labels[i]]}
        for i in range(len(made))
    ]
    arguments = transformers.TrainingArguments(
        output_dir=options.scratch,
        num_train_epochs=options.epochs,
        per_device_train_batch_size=options.batch,
        learning_rate=1e-4,
        warmup_steps=0.1,
        weight_decay=0.01,
        bf16=torch.cuda.is_available() or fastest_precision() == "bf16",
        train_sampling_strategy="group_by_length",
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = transformers.Trainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        data_collator=transformers.DataCollatorWithPadding(tokenizer),
    )
    loss = trainer.train().training_loss
    return _told(time.perf_counter() - start, time.process_time() - cpu, loss)


def small_text(options: argparse.Namespace, how: str) -> dict[str, Any]:
    """Train by small-text, all weights, from the same folder to the same end."""
    # Behind this environment's own packages, so that torch and transformers are the same.
    sys.path.append(options.peers)
    import torch
    import transformers
    from small_text.integrations.transformers.classifiers.classification import (
        TransformerBasedClassification,
        TransformerModelArguments,
    )
    from small_text.integrations.transformers.datasets import TransformersDataset

    from asknext.encoders.minilm import minilm_folder

    made, labels = texts(options.texts, options.tokens)
    start, cpu = time.perf_counter(), time.process_time()
    folder = str(minilm_folder())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    numbers = np.array([int(label.removeprefix("class ")) for label in labels])
    # Its own `from_arrays`, which does the same, asks for a method that transformers 5 has not.
    found = tokenizer(
        made, truncation=True, max_length=options.tokens, padding="max_length", return_tensors="pt"
    )
    pairs = zip(found["input_ids"].split(1), found["attention_mask"].split(1), strict=True)
    rows = TransformersDataset(
        [(ids, mask, int(number)) for (ids, mask), number in zip(pairs, numbers, strict=True)],
        target_labels=np.arange(CLASSES),
    )
    model = TransformerBasedClassification(
        TransformerModelArguments(folder),
        CLASSES,
        num_epochs=options.epochs,
        lr=1e-4,
        mini_batch_size=options.batch,
        device="cuda" if torch.cuda.is_available() else "cpu",
    )
    # It always holds something back; two texts, so that it learns from all and hardly validates.
    model.fit(rows, validation_set=rows[:2], early_stopping="none", model_selection="none")
    return _told(time.perf_counter() - start, time.process_time() - cpu, float("nan"))


RUNS = {"ours": ours, "bare": bare, "small-text": small_text}


def _told(seconds: float, cpu: float, loss: float) -> dict[str, Any]:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "cpu": cpu, "loss": loss, "memory": memory}


def once(options: argparse.Namespace, who: str, how: str) -> dict[str, Any]:
    """Run one training in a process of its own."""
    command = [sys.executable, __file__, "--only", who, "--how", how]
    for name in ("texts", "tokens", "epochs", "batch", "scratch", "peers"):
        command += [f"--{name}", str(getattr(options, name))]
    env = {**os.environ, "TOKENIZERS_PARALLELISM": "true"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise SystemExit(f"{who} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print one line for each way of tuning and each of the others."""
    options = _options()
    if options.only:
        print(json.dumps(RUNS[options.only](options, options.how)))
        return
    print(
        f"MiniLM, {options.texts} texts of {options.tokens} tokens, {options.epochs} epochs of "
        f"batches of {options.batch}; {options.repeats} runs in turn; seconds (cpu), GiB"
    )
    for how in options.ways:
        # small-text trains all weights only.
        others = ["bare", *(["small-text"] if options.peers and how == "full" else [])]
        runs = [
            {who: once(options, who, how) for who in ("ours", *others)}
            for _ in range(options.repeats)
        ]
        for other in others:
            print(line(how, runs, other), flush=True)


def line(how: str, runs: Sequence[Mapping[str, Mapping[str, float]]], other: str) -> str:
    """Return what is printed about ours beside another one: medians over the turns."""
    mine, theirs = (
        {name: statistics.median(run[who][name] for run in runs) for name in runs[0][who]}
        for who in ("ours", other)
    )
    wall, cpu, memory = (
        statistics.median(run["ours"][name] / run[other][name] for run in runs)
        for name in ("seconds", "cpu", "memory")
    )
    if other == "bare":
        verdict = "" if how != "full" else ("  met" if wall <= TARGET else "  MISSED")
    else:
        verdict = "  met" if max(wall, memory) < 1 else "  MISSED"
    return (
        f"{how:5} asknext {mine['seconds']:7.1f} ({mine['cpu']:7.1f}) {mine['memory']:5.2f}   "
        f"{other:10} {theirs['seconds']:7.1f} ({theirs['cpu']:7.1f}) {theirs['memory']:5.2f}   "
        f"ratio {wall:.3f} ({cpu:.3f}) memory {memory:.2f}{verdict}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--scratch", default="build/bench-train")
    parser.add_argument("--peers", default="", help="site-packages with small-text in it")
    parser.add_argument("--only", choices=tuple(RUNS))
    parser.add_argument("--how", choices=WAYS, default="full")
    return parser.parse_args()


if __name__ == "__main__":
    main()

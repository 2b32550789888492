"""Fitting: the Trainer of transformers goes through a course."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.imports import require
from asknext.core.seeds import generator
from asknext.models.deep.course import Conditions, Course
from asknext.models.deep.hardware import memory_errors, trainer_numbers
from asknext.models.deep.quiet import quiet
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.tuning import Tuning, epochs_for

WARM_UP = 0.1
DECAY = 0.01
HEAD_TIMES = 20.0  # the new layers on top start from nothing, so they take longer steps
WIDTHS = ((512, 1e-4), (800, 5e-5))  # hidden columns up to which a learning rate serves
WIDEST = 2e-5
LORA_TIMES = 5.0
GENTLE_TIMES = 0.4  # of a body that says much already: BERT then learns at Sentence-BERT's 2e-5
PURPOSE = "a fine-tuned model"


def split(labels: int, share: float | None, least: int, seed: int) -> tuple[IntArray, IntArray]:
    """Return the positions (n,) to learn from and those held back, drawn at random.

    Where no share is said, a tenth is held back once that makes `least` labels.

    >>> [len(part) for part in split(600, None, 50, 0)], [len(p) for p in split(90, None, 50, 0)]
    ([540, 60], [90, 0])
    """
    order = generator(seed, "hold back", labels).permutation(labels)
    if share is None:
        share = 0.1 if labels * 0.1 >= least else 0.0
    held = min(round(labels * share), labels - 1)
    return np.sort(order[held:]), np.sort(order[:held])


def rates(module: Any, tuning: Tuning) -> tuple[float, float]:
    """Return the learning rates of the encoder and of the new layers on top."""
    config = module.config
    width = int(getattr(config, "hidden_size", None) or getattr(config, "d_model", None) or 768)
    chosen = next((rate for most, rate in WIDTHS if width <= most), WIDEST)
    gentle = GENTLE_TIMES if hasattr(module, "saved") else 1.0
    body = tuning.learning_rate or chosen * gentle * (LORA_TIMES if tuning.how == "lora" else 1.0)
    return body, tuning.head_rate or chosen * HEAD_TIMES


def train(module: Any, course: Course, tuning: Tuning, when: Conditions) -> dict[str, Any]:
    """Train the module in place; return what happened as JSON.

    Raises:
        Cancelled: `on_step` returned False.
        DoesNotFit: the device, or the memory allowed, is too small.
    """
    from asknext.models.deep.trainer import Limits, Tuner, Watcher

    watcher = Watcher(Limits.of(tuning, course.phase, when), course.judge, tuning.average)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="asknext-train-") as folder,
        _deterministic(tuning),
        quiet(),
        memory_errors(),
        own_randomness(when.seed),
    ):
        args = arguments(folder, len(course.items), tuning, when)
        if getattr(module, "compares", False):
            on_one(args, tuning.batch)
        trainer = Tuner(
            course.loss,
            model=module,
            args=args,
            data_collator=course.collate,
            train_dataset=course.items,
            optimizers=(_optimizer(module, course, tuning), None),
            callbacks=[watcher],
        )
        trainer.remove_callback(_printer())
        watcher.trainer = trainer
        trainer.train()
        watcher.finish(module)
    return watcher.told(trainer.state, time.monotonic() - started)


def _printer() -> Any:
    # Without a progress bar the Trainer prints a summary, which nobody asked for.
    return require("transformers", extra="hf", purpose=PURPOSE).PrinterCallback


def arguments(folder: str, rows: int, tuning: Tuning, when: Conditions) -> Any:
    """Return the TrainingArguments that these settings mean; nothing is saved or reported."""
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    torch = require("torch", extra="hf", purpose=PURPOSE)
    together = tuning.batch * tuning.accumulate
    return transformers.TrainingArguments(
        output_dir=folder,
        num_train_epochs=max(1.0, tuning.effort * (tuning.epochs or epochs_for(rows, together))),
        per_device_train_batch_size=_per_device(tuning.batch),
        gradient_accumulation_steps=tuning.accumulate,
        warmup_steps=WARM_UP,
        weight_decay=DECAY,
        **trainer_numbers(when.precision),
        train_sampling_strategy="group_by_length",
        seed=when.seed % 2**32,
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _per_device(batch: int) -> int:
    """Return each GPU's part of a batch: the Trainer multiplies it by their number."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    return max(1, batch // max(1, int(torch.cuda.device_count())))


def on_one(args: Any, batch: int) -> None:
    """Let one GPU take whole batches, where the Trainer would divide them among several."""
    if args.n_gpu > 1:
        args._n_gpu = 1
        args.per_device_train_batch_size = batch


@contextmanager
def _deterministic(tuning: Tuning) -> Iterator[None]:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    before = torch.are_deterministic_algorithms_enabled()
    if tuning.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def _optimizer(module: Any, course: Course, tuning: Tuning) -> Any:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    body, head = rates(module, tuning)
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, weights in module.named_parameters():
        if weights.requires_grad:
            rate = head if name in course.on_top else body
            # Biases and the gains of layer norms are not drawn towards 0.
            decay = DECAY if weights.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(weights)
    # Unfused, the optimiser took more of the processor's time than the network did.
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
        fused=True,
    )

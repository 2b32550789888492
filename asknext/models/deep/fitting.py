"""Fitting: from rows and targets to trained weights, for one member of an ensemble."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.core.seeds import generator
from asknext.encoders.rows import Row, Rows
from asknext.models.deep.adapting import Adapted, head_parameters
from asknext.models.deep.collating import collator
from asknext.models.deep.hardware import memory_errors
from asknext.models.deep.problems import Problem
from asknext.models.deep.problems.base import Fold
from asknext.models.deep.progress import OnStep
from asknext.models.deep.quiet import quiet
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.tuning import Tuning, epochs_for

WARM_UP = 0.1
DECAY = 0.01
HEAD_TIMES = 20.0  # the new layers on top start from nothing, so they take longer steps
WIDTHS = ((512, 1e-4), (800, 5e-5))  # hidden columns up to which a learning rate serves
WIDEST = 2e-5
LORA_TIMES = 5.0
PURPOSE = "a fine-tuned model"


@dataclass(frozen=True)
class Lesson:
    """Hold what one training learns from: all rows, their targets, and which are for what.

    `learnt` and `held` are positions of rows; `weights` (rows,) have mean 1. `fold` turns
    scores of the training into what the task speaks of.
    """

    problem: Problem
    rows: Rows
    targets: list[Any]
    weights: FloatArray
    learnt: IntArray
    held: IntArray
    padding: int
    fold: Fold

    def of_held(self) -> tuple[list[Row], list[Any]]:
        """Return rows and targets of the part held back."""
        return [self.rows.rows[i] for i in self.held], [self.targets[i] for i in self.held]


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
    width = int(getattr(module.config, "hidden_size", 768))
    chosen = next((rate for most, rate in WIDTHS if width <= most), WIDEST)
    body = tuning.learning_rate or chosen * (LORA_TIMES if tuning.how == "lora" else 1.0)
    return body, tuning.head_rate or chosen * HEAD_TIMES


def train_member(
    adapted: Adapted,
    lesson: Lesson,
    tuning: Tuning,
    *,
    precision: str,
    seed: int,
    on_step: OnStep,
    deadline: float,
    member: int = 0,
) -> dict[str, Any]:
    """Train the module in place; return what happened as JSON.

    Raises:
        Cancelled: `on_step` returned False.
        DoesNotFit: the device, or the memory allowed, is too small.
    """
    from asknext.models.deep.trainer import HeldBack, Limits, Tuner, Watcher

    held = None
    if len(lesson.held):
        held = HeldBack(lesson.problem, *lesson.of_held(), lesson.padding, precision)
    limits = Limits(tuning.patience, deadline, tuning.memory_limit, on_step, member, tuning.seeds)
    watcher = Watcher(limits, held, tuning.average)
    started = time.monotonic()
    with (
        _scratch() as folder,
        _deterministic(tuning),
        quiet(),
        memory_errors(),
        own_randomness(seed),
    ):
        trainer = Tuner(
            lesson.problem,
            _balance(lesson, tuning),
            model=adapted.module,
            args=arguments(folder, lesson, tuning, precision, seed),
            data_collator=collator(lesson.padding),
            train_dataset=_items(lesson),
            optimizers=(_optimizer(adapted, tuning), None),
            callbacks=[watcher],
        )
        trainer.remove_callback(_printer())
        watcher.trainer = trainer
        trainer.train()
        watcher.finish(adapted.module)
    return _told(watcher, trainer, time.monotonic() - started)


def _printer() -> Any:
    # Without a progress bar the Trainer prints a summary, which nobody asked for.
    return require("transformers", extra="hf", purpose=PURPOSE).PrinterCallback


def arguments(folder: str, lesson: Lesson, tuning: Tuning, precision: str, seed: int) -> Any:
    """Return the TrainingArguments that these settings mean; nothing is saved or reported."""
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    torch = require("torch", extra="hf", purpose=PURPOSE)
    together = tuning.batch * tuning.accumulate
    return transformers.TrainingArguments(
        output_dir=folder,
        num_train_epochs=tuning.epochs or epochs_for(len(lesson.learnt), together),
        per_device_train_batch_size=tuning.batch,
        gradient_accumulation_steps=tuning.accumulate,
        warmup_steps=WARM_UP,
        weight_decay=DECAY,
        bf16=precision == "bf16",
        train_sampling_strategy="group_by_length",
        seed=seed % 2**32,
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


@contextmanager
def _scratch() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="asknext-train-") as folder:
        yield folder


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


def _items(lesson: Lesson) -> list[dict[str, Any]]:
    rows, weights = lesson.rows.rows, lesson.weights
    # "input_ids" is what the sampler that groups by length looks at.
    return [
        {
            "row": rows[i],
            "input_ids": range(rows[i].length),
            "target": lesson.targets[i],
            "weight": float(weights[i]),
        }
        for i in lesson.learnt
    ]


def _balance(lesson: Lesson, tuning: Tuning) -> Any:
    if tuning.class_weights == "equal":
        return None
    torch = require("torch", extra="hf", purpose=PURPOSE)
    targets: Sequence[Any] = [lesson.targets[i] for i in lesson.learnt]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.tensor(lesson.problem.balance(targets), dtype=torch.float32, device=device)


def _optimizer(adapted: Adapted, tuning: Tuning) -> Any:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    body, head = rates(adapted.module, tuning)
    groups: dict[tuple[float, float], list[Any]] = {}
    on_top = head_parameters(adapted)
    for name, weights in adapted.module.named_parameters():
        if weights.requires_grad:
            rate = head if name in on_top else body
            # Biases and the gains of layer norms are not drawn towards 0.
            decay = DECAY if weights.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(weights)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()]
    )


def _told(watcher: Any, trainer: Any, seconds: float) -> dict[str, Any]:
    state = trainer.state
    epoch = max(1, round(state.global_step / max(1.0, state.epoch or 1.0)))
    losses = watcher.losses
    return {
        "reason": watcher.reason,
        "steps": int(state.global_step),
        "epochs": round(float(state.epoch or 0.0), 2),
        "seconds": round(seconds, 2),
        "loss": [
            round(float(np.mean(losses[i : i + epoch])), 5) for i in range(0, len(losses), epoch)
        ],
        "held_loss": [round(loss, 5) for loss in watcher.held_losses],
        "held_quality": [round(quality, 5) for quality in watcher.quality],
        "peak_memory": int(watcher.peak),
    }

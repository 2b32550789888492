"""Lesson: rows, targets and weights of a problem, and the course they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.encoders.rows import Row, Rows
from asknext.models.deep.adapting import Adapted, head_parameters
from asknext.models.deep.collating import collator, padded_targets
from asknext.models.deep.course import Course, Judge, Loss
from asknext.models.deep.network import scores_of
from asknext.models.deep.problems import Problem
from asknext.models.deep.problems.base import Fold
from asknext.models.deep.tuning import Tuning

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

    def course(self, adapted: Adapted, tuning: Tuning, precision: str) -> Course:
        """Return what the Trainer goes through."""
        return Course(
            items=[
                training_item(self.rows.rows[i], self.targets[i], float(self.weights[i]))
                for i in self.learnt
            ],
            collate=collator(self.padding),
            loss=self._loss(tuning),
            judge=self._judge(precision) if len(self.held) else None,
            on_top=head_parameters(adapted),
        )

    def _loss(self, tuning: Tuning) -> Loss:
        torch = require("torch", extra="hf", purpose=PURPOSE)
        problem, balance = self.problem, None
        if tuning.class_weights == "balanced":
            targets: Sequence[Any] = [self.targets[i] for i in self.learnt]
            balance = torch.tensor(problem.balance(targets), dtype=torch.float32)

        def loss(module: Any, inputs: dict[str, Any], target: Any) -> Any:
            scores = problem.scores(module(**inputs).logits).float()
            weights = None if balance is None else balance.to(scores.device)
            return problem.losses(scores, target, weights)

        return loss

    def _judge(self, precision: str) -> Judge:
        rows, targets = self.of_held()

        def judge(module: Any) -> tuple[float, float]:
            scores = scores_of(module, self.problem, rows, self.padding, precision)
            loss = float(held_losses(self.problem, scores, targets).mean())
            return self.problem.quality(scores, targets), loss

        return judge


def training_item(row: Row, target: Any, weight: float) -> dict[str, Any]:
    """Return one item of a course."""
    # "input_ids" is what the sampler that groups by length looks at.
    return {"row": row, "input_ids": range(row.length), "target": target, "weight": weight}


def held_losses(
    problem: Problem, scores: Sequence[FloatArray], targets: Sequence[Any], at: float = 1.0
) -> FloatArray:
    """Return the loss (rows,) of scores divided by the temperature `at`."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    table = [torch.from_numpy(np.asarray(score) / at).float() for score in scores]
    joined = torch.nn.utils.rnn.pad_sequence(table, batch_first=True)
    found = problem.losses(joined, padded_targets(targets), None)
    return np.asarray(found.numpy(), np.float64)

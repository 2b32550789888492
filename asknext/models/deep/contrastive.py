"""Contrastive tuning: texts of one class move together, others apart; then a head is learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import Unsupported
from asknext.core.imports import require
from asknext.encoders.classifier import Inspected, unit_mean
from asknext.encoders.rows import inputs_of
from asknext.models.deep.course import Course, Loss
from asknext.models.deep.lesson import Lesson

PURPOSE = "contrastive tuning"
PER_LABEL = 20  # pairs for each label, half of them of one class
MOST = 6000  # pairs in all, as far as each label may have two: many labels need few pairs each


def draw_pairs(numbers: IntArray, rng: np.random.Generator, per_label: int) -> IntArray:
    """Return (pairs, 3): two positions, and 1 where both are of one class.

    Each position has as many partners of its own class as of others, drawn with replacement;
    one without a partner of a kind has none of that kind.

    >>> pairs = draw_pairs(np.array([0, 0, 1]), np.random.default_rng(0), 2)
    >>> pairs.tolist()
    [[0, 1, 1], [0, 2, 0], [1, 0, 1], [1, 2, 0], [2, 1, 0]]
    """
    found = []
    everyone = np.arange(len(numbers))
    for one, number in enumerate(numbers):
        same = everyone[(numbers == number) & (everyone != one)]
        for partners, alike in ((same, 1), (everyone[numbers != number], 0)):
            if len(partners):
                drawn = rng.choice(partners, per_label // 2)
                found += [(one, int(other), alike) for other in drawn]
    return np.array(found, np.int64).reshape(-1, 3)


def pairs_for(labels: int) -> int:
    """Return how many pairs each of so many labels has.

    >>> [pairs_for(n) for n in (8, 300, 1000, 10_000)]
    [20, 20, 6, 2]
    """
    return max(2, min(PER_LABEL, MOST // max(1, labels)))


def pair_course(lesson: Lesson, inspected: Inspected, rng: np.random.Generator) -> Course:
    """Return a course over pairs of labelled texts: cosines become 1 within a class, 0 across.

    Both the mean of the last layer and what the classifier reads are drawn together.

    Raises:
        Unsupported: the task is not classification.

    Source: Tunstall et al. 2022, Efficient Few-Shot Learning Without Prompts (SetFit), section
    3; there the mean alone is trained.
    """
    if lesson.problem.kind != "single_label_classification":
        raise Unsupported(
            'contrastive tuning needs one class for each text; choose "how": "full" or "lora"'
        )
    numbers = np.array([int(lesson.targets[i]) for i in lesson.learnt], np.int64)
    pairs = draw_pairs(numbers, rng, pairs_for(len(numbers)))
    rows = [lesson.rows.rows[i] for i in lesson.learnt]
    items = [
        {
            "pair": (rows[a], rows[b]),
            "input_ids": range(max(rows[a].length, rows[b].length)),
            "target": float(alike),
            "weight": 1.0,
        }
        for a, b, alike in pairs
    ]
    return Course(items, _collator(lesson.padding), _loss(inspected), phase="pairs")


def _collator(padding: int) -> Callable[[Sequence[dict[str, Any]]], dict[str, Any]]:
    torch = require("torch", extra="hf", purpose=PURPOSE)

    def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        rows = [item["pair"][0] for item in items] + [item["pair"][1] for item in items]
        table = {
            name: torch.tensor([item[name] for item in items]) for name in ("target", "weight")
        }
        return {**inputs_of(rows, padding), **table}

    return collate


def _loss(inspected: Inspected) -> Loss:
    functional = require("torch.nn.functional", extra="hf", purpose=PURPOSE)

    def loss(module: Any, inputs: dict[str, Any], target: Any) -> Any:
        seen = inspected.run(inputs)
        mean = unit_mean(seen.hidden, inputs["attention_mask"])
        features = functional.normalize(seen.features.float(), dim=1)
        return sum((_cosine(vectors) - target) ** 2 for vectors in (mean, features))

    return loss


def _cosine(vectors: Any) -> Any:
    first, second = vectors.reshape(2, -1, vectors.shape[1])
    return (first * second).sum(dim=1)

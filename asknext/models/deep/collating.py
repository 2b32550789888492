"""Collating: some training items become one padded batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asknext.core.imports import require
from asknext.core.spans import MASKED
from asknext.encoders.rows import inputs_of

PURPOSE = "a fine-tuned model"

Collate = Callable[[Sequence[dict[str, Any]]], dict[str, Any]]


def collator(padding: int) -> Collate:
    """Return what makes a batch of training items: ``row``, ``target`` and ``weight`` each.

    Targets are numbers or arrays; those of different lengths (tags of tokens) are padded with
    `MASKED`, which losses leave out.
    """
    torch = require("torch", extra="hf", purpose=PURPOSE)

    def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        inputs = inputs_of([item["row"] for item in items], padding)
        targets = padded_targets([item["target"] for item in items])
        weights = torch.tensor([item["weight"] for item in items], dtype=torch.float32)
        return {**inputs, "target": targets, "weight": weights}

    return collate


def padded_targets(targets: Sequence[Any]) -> Any:
    """Return the targets as one tensor; runs of different lengths are filled with `MASKED`."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    arrays = [np.asarray(target) for target in targets]
    if arrays[0].ndim == 0 or len({array.shape for array in arrays}) == 1:
        return torch.from_numpy(np.stack(arrays))
    width = max(len(array) for array in arrays)
    table = np.full((len(arrays), width), MASKED, np.int64)
    for line, array in zip(table, arrays, strict=True):
        line[: len(array)] = array
    return torch.from_numpy(table)

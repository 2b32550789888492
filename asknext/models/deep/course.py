"""Course: what one training needs, whatever it is that is learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asknext.models.deep.progress import OnStep

Loss = Callable[[Any, dict[str, Any], Any], Any]
"""From module, inputs and targets (tensors) to the losses of the rows (tensor)."""

Judge = Callable[[Any], tuple[float, float]]
"""From a module as it is to its quality (higher is better) and mean loss on what is held back."""


@dataclass(frozen=True)
class Course:
    """Hold the items of a training (``row``, ``target``, ``weight``, and ``input_ids`` for the
    sampler that groups by length), how some of them become a batch, and what is to fall.

    `judge` is None where nothing is held back. `on_top` names the weights that start from
    nothing and take longer steps. `phase` is what progress calls it.
    """

    items: Sequence[dict[str, Any]]
    collate: Callable[[Sequence[dict[str, Any]]], dict[str, Any]]
    loss: Loss
    judge: Judge | None = None
    on_top: frozenset[str] = frozenset()
    phase: str = "tune"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Say under what a training runs: its seed, precision, end, and who is told."""

    seed: int
    precision: str
    deadline: float
    on_step: OnStep
    member: int = 0

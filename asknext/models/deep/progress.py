"""How a training tells what it does, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from asknext.core.errors import AsknextError


@dataclass(frozen=True, slots=True)
class TrainStep:
    """Say where a training stands: one update of the weights has been made.

    `phase` is ``tune``, or what goes before it (``tapt``, ``pairs``); `member` counts the models
    of an ensemble from 0. `loss` is the mean of this update's batches, `held_loss` the last one
    on the part held back (None before it is known), `memory` the bytes in use.
    """

    step: int
    steps: int
    epoch: float
    loss: float
    seconds: float
    held_loss: float | None = None
    member: int = 0
    members: int = 1
    phase: str = "tune"
    memory: int = 0

    @property
    def share(self) -> float:
        """Return how much of the whole is done, in [0, 1]; phases before ``tune`` count 0."""
        if self.phase != "tune":
            return 0.0
        return (self.member + self.step / max(1, self.steps)) / self.members

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON with `share`."""
        return {**asdict(self), "share": self.share}


OnStep = Callable[[TrainStep], bool]
"""Called after every update; return False to cancel the training."""


class Cancelled(AsknextError):
    """Report that a training was stopped because `OnStep` said so; nothing was kept."""

    code = "cancelled"


class DoesNotFit(AsknextError):
    """Report that a training needs more memory than there is; says what to choose instead."""

    code = "does_not_fit"


def go_on(step: TrainStep) -> bool:
    """Let every training run to its end."""
    return True

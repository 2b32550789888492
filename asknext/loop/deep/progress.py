"""Progress: what a run tells while it goes on, and how it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from asknext.core.errors import AsknextError

WAITING = "waiting"
TRIAL = "trial"
TRAINING = "training"
JUDGING = "judging"
ENCODING = "encoding"
PROMOTING = "promoting"
STAGES = (WAITING, TRIAL, TRAINING, JUDGING, ENCODING, PROMOTING)


class Stopped(AsknextError):
    """Report that a run was told to stop; what it had half done is of no use."""

    code = "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """Say where a run is: `step` of `total` of a stage; `loss` while it trains."""

    run: str
    stage: str
    step: int = 0
    total: int = 0
    loss: float | None = None
    seconds_left: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


Report = Callable[[Step], None]
"""Called at every step; it raises `Stopped` to end the run."""


def silent(step: Step) -> None:
    """Let a run go on without telling anybody."""


class Teller:
    """Tell the steps of one run, with the time that the stage will still take."""

    def __init__(self, run: str, report: Report) -> None:
        self._run = run
        self._report = report
        self._stage = ""
        self._since = 0.0
        self._first = 0
        self.losses: list[float] = []

    def __call__(
        self, stage: str, step: int = 0, total: int = 0, loss: float | None = None
    ) -> None:
        """Tell one step."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._since, self._first = stage, now, step
        if loss is not None:
            self.losses.append(loss)
        done = step - self._first
        left = (now - self._since) * (total - step) / done if done > 0 and total > step else None
        self._report(Step(self._run, stage, step, total, loss, left))


def summary(losses: list[float], most: int = 50) -> list[float]:
    """Return at most so many means of neighbouring losses, in order.

    >>> summary([4.0, 2.0, 1.0, 1.0], most=2)
    [3.0, 1.0]
    """
    size = -(-len(losses) // most) or 1
    parts = [losses[i : i + size] for i in range(0, len(losses), size)]
    return [round(sum(part) / len(part), 5) for part in parts]

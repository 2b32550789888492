"""The Trainer of transformers with our losses, our way to stop, and nothing left behind.

Imported only where torch and transformers are there.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import torch
import transformers

from asknext.models.deep.course import Conditions, Judge, Loss
from asknext.models.deep.hardware import ADVICE, GIB, memory_used
from asknext.models.deep.progress import Cancelled, DoesNotFit, OnStep, TrainStep
from asknext.models.deep.tuning import Tuning

TAIL = 0.25  # share of the training over whose end weights are averaged


class Tuner(transformers.Trainer):  # type: ignore[misc]  # transformers has no types
    """Train with the loss of a `Course`, weighted row by row."""

    loss_is_scaled_for_ga = False

    def __init__(self, loss: Loss, **options: Any) -> None:
        super().__init__(**options)
        self.loss = loss
        self.recent: list[Any] = []

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the weighted mean of the rows' losses."""
        target, weight = inputs.pop("target"), inputs.pop("weight")
        loss = (self.loss(model, inputs, target) * weight).mean()
        self.recent.append(loss.detach())
        return loss


@dataclass
class Limits:
    """Say when a training ends before its last epoch, and what its progress is called."""

    patience: int
    deadline: float
    memory: float | None
    on_step: OnStep
    member: int
    members: int
    phase: str
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, tuning: Tuning, phase: str, when: Conditions) -> Limits:
        """Read them from the settings."""
        return cls(
            tuning.patience,
            when.deadline,
            tuning.memory_limit,
            when.on_step,
            when.member,
            tuning.seeds,
            phase,
        )


class Watcher(transformers.TrainerCallback):  # type: ignore[misc]
    """Report every update, stop in time, and keep the weights worth keeping."""

    def __init__(self, limits: Limits, judge: Judge | None, average: str) -> None:
        self.limits = limits
        self.judge = judge
        self.average = average
        self.trainer: Any = None
        self.reason = "finished"
        self.losses: list[float] = []
        self.quality: list[float] = []
        self.held_losses: list[float] = []
        self.peak = 0
        self._best: tuple[float, float] | None = None
        self._since = 0
        self._kept: dict[str, Any] | None = None
        self._averaged = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Tell how it goes; stop where that is asked for or a limit is reached."""
        self.losses.append(self._mean_loss())
        used = memory_used(args.device)
        self.peak = max(self.peak, used)
        limits = self.limits
        if limits.memory is not None and used > limits.memory * GIB:
            raise DoesNotFit(
                f"this training uses {used / GIB:.1f} GiB, allowed are {limits.memory:g}; {ADVICE}"
            )
        if not limits.on_step(self._step(state, used)):
            raise Cancelled(f"the training was cancelled after {state.global_step} updates")
        if time.monotonic() > limits.deadline:
            self.reason = "time_limit"
            control.should_training_stop = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:
        """Judge the weights on the part held back, and keep or average them."""
        if self.average == "tail":
            self._add_to_average(model, state)
        elif self.judge is not None:
            self._compare(*self.judge(model), model, control)

    def finish(self, module: Any) -> None:
        """Put the kept weights into the module."""
        if self._kept is not None:
            module.load_state_dict(self._kept, strict=False)
            self._kept = None

    def told(self, state: Any, seconds: float) -> dict[str, Any]:
        """Return what happened, as JSON; `loss` has one mean for each epoch."""
        epoch = max(1, round(state.global_step / max(1.0, state.epoch or 1.0)))
        parts = [self.losses[i : i + epoch] for i in range(0, len(self.losses), epoch)]
        return {
            "reason": self.reason,
            "steps": int(state.global_step),
            "epochs": round(float(state.epoch or 0.0), 2),
            "seconds": round(seconds, 2),
            "loss": [round(fmean(part), 5) for part in parts],
            "held_loss": [round(loss, 5) for loss in self.held_losses],
            "held_quality": [round(quality, 5) for quality in self.quality],
            "peak_memory": int(self.peak),
        }

    def _mean_loss(self) -> float:
        recent, self.trainer.recent = self.trainer.recent, []
        return float(torch.stack(recent).mean()) if recent else math.nan

    def _step(self, state: Any, used: int) -> TrainStep:
        limits = self.limits
        return TrainStep(
            step=int(state.global_step),
            steps=int(state.max_steps),
            epoch=float(state.epoch or 0.0),
            loss=self.losses[-1],
            seconds=time.monotonic() - limits.started,
            held_loss=self.held_losses[-1] if self.held_losses else None,
            member=limits.member,
            members=limits.members,
            phase=limits.phase,
            memory=used,
        )

    def _compare(self, quality: float, loss: float, module: Any, control: Any) -> None:
        self.quality.append(quality)
        self.held_losses.append(loss)
        if self._best is None or (quality, -loss) > self._best:
            self._best, self._since = (quality, -loss), 0
            self._kept = _learnt(module)
            return
        self._since += 1
        if self._since >= self.limits.patience and self.reason == "finished":
            self.reason = "no_progress"
            control.should_training_stop = True

    def _add_to_average(self, module: Any, state: Any) -> None:
        # Epochs short of the tail do not count, save the last one, so there always is something.
        last = state.global_step >= state.max_steps
        if state.global_step < (1 - TAIL) * state.max_steps and not last:
            return
        now = _learnt(module)
        self._averaged += 1
        if self._kept is None:
            self._kept = now
            return
        for name, mean in self._kept.items():
            mean += (now[name] - mean) / self._averaged


class Teller(transformers.TrainerCallback):  # type: ignore[misc]
    """Report the updates of a trainer that is not ours, from what it logs."""

    def __init__(self, on_step: OnStep) -> None:
        self.on_step_made = on_step
        self.started = time.monotonic()
        self.logs: list[dict[str, float]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Note what is logged, and ask whether to go on."""
        if not logs or "loss" not in logs:
            return
        self.logs.append({name: float(value) for name, value in logs.items()})
        step = TrainStep(
            step=int(state.global_step),
            steps=int(state.max_steps),
            epoch=float(state.epoch or 0.0),
            loss=self.logs[-1]["loss"],
            seconds=time.monotonic() - self.started,
            memory=memory_used(args.device),
        )
        if not self.on_step_made(step):
            raise Cancelled(f"the training was cancelled after {state.global_step} updates")

    def told(self, state: Any) -> dict[str, Any]:
        """Return losses and, of the last epoch, how often the preferred answer was favoured."""
        last = [log for log in self.logs if log.get("epoch", 0.0) > (state.epoch or 0.0) - 1]
        right = [log["rewards/accuracies"] for log in last if "rewards/accuracies" in log]
        return {
            "reason": "finished",
            "steps": int(state.global_step),
            "epochs": round(float(state.epoch or 0.0), 2),
            "loss": [round(log["loss"], 5) for log in self.logs],
            "accuracy": round(fmean(right), 4) if right else None,
        }


def _learnt(module: Any) -> dict[str, Any]:
    return {
        name: copy.deepcopy(weights.detach())
        for name, weights in module.named_parameters()
        if weights.requires_grad
    }

"""Learning: one fit of a deep model, telling each step where the model can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from asknext.core.batch import Batch, FloatArray
from asknext.core.protocols import Model
from asknext.core.tasks import Task
from asknext.loop.deep.plan import Plan

Told = Callable[[int, int, float | None], None]
"""Called with (step, steps, loss) after each update; it raises to end the training."""


def fitted(
    plan: Plan,
    task: Task,
    batch: Batch,
    labels: Sequence[Any],
    *,
    seed: int,
    init: Model | None,
    told: Told,
    weights: FloatArray | None = None,
) -> Model:
    """Return the plan's model, trained on n labels."""
    model = plan.build(task, **_hook(plan, told))
    return model.fit(batch, labels, seed=seed, init=init, weights=weights)


def _hook(plan: Plan, told: Told) -> dict[str, Any]:
    """Return what lets the model tell its steps; nothing where it has no such argument."""

    def on_step(step: Any) -> bool:
        told(step.step, step.steps, step.loss)
        return True

    known = signature(plan.kind.__init__).parameters
    return {"on_step": on_step} if "on_step" in known else {}


def facts_of(model: Model) -> dict[str, Any]:
    """Return what the model says about its training: device, epochs, reason …, as JSON."""
    found = dict(getattr(model, "facts", {}))
    return {
        name: found[name] for name in ("device", "precision", "epochs", "reason") if name in found
    }

"""Judging: whether a new model may serve, by answers that neither side has learnt from.

The rule (``auto``; the reasons are in docs/decisions):

1. A deep model never learns from the answers of the control arm. The figures that are measured
   on them stay honest whichever model's vectors serve, and they are there to compare with.
2. From `ENOUGH` control answers on, these decide, at no further cost.
3. With fewer, a random fifth of the labels that the serving model has not learnt from is held
   back as well, and a trial of the training, on the rest, is judged first. Where it passes, the
   model itself is trained on all but the control answers.
4. Both sides learn from the same labels and are compared pair by pair. The new one is promoted
   unless the 95 % interval of the mean difference lies wholly below 0.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asknext.core import registry
from asknext.core.batch import FloatArray
from asknext.core.predictions import Prediction
from asknext.core.seeds import unit
from asknext.core.tasks import Task
from asknext.loop.deep.plan import AUTO, CONTROL, HOLDOUT, NONE, Plan
from asknext.loop.measuring import from_scores, score

ENOUGH = 30  # control answers that tell a difference of a fifth from chance
SHARE = 0.2  # of the labels, held back for a trial


@dataclass(frozen=True, slots=True)
class Split:
    """Say which labelled examples a training learns from, and which a trial is judged on.

    `learn` is for the model itself; `trial` (empty where none is needed) for the trial;
    `judge` are the ids that decide. `rule` names how it was done.
    """

    learn: tuple[str, ...]
    trial: tuple[str, ...]
    judge: tuple[str, ...]
    rule: str


def split(
    plan: Plan,
    labelled: Sequence[str],
    control: Collection[str],
    learnt: Collection[str],
    seed: int,
) -> Split:
    """Divide the labelled examples; `learnt` are those the serving deep model has learnt from.

    >>> ids = [f"e{i}" for i in range(10)]
    >>> found = split(Plan(), ids, {"e3"}, {"e0", "e1", "e2", "e4", "e5"}, seed=0)
    >>> found.rule, len(found.learn), len(found.trial), "e3" in found.judge
    ('holdout', 9, 7, True)
    """
    drawn = set(control)
    learn = tuple(id for id in labelled if id not in drawn)
    kept = tuple(id for id in labelled if id in drawn)
    rule = plan.judge
    if rule == AUTO:
        rule = CONTROL if len(kept) >= ENOUGH else HOLDOUT
    if rule != HOLDOUT:
        return Split(learn, (), kept if rule == CONTROL else (), rule)
    held = set(_held_back(learn, set(learnt), seed))
    trial = tuple(id for id in learn if id not in held)
    if not held or not trial:
        return Split(learn, (), kept, CONTROL if kept else NONE)
    return Split(learn, trial, (*kept, *(id for id in learn if id in held)), HOLDOUT)


def _held_back(learn: Sequence[str], learnt: Collection[str], seed: int) -> list[str]:
    unseen = [id for id in learn if id not in learnt]
    unseen.sort(key=lambda id: unit(seed, "held back", id))
    return unseen[: min(math.ceil(SHARE * len(learn)), math.ceil(len(unseen) / 2))]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Say how the new model did beside the serving one; NaN-free JSON in `to_json`."""

    promoted: bool
    reason: str
    rule: str
    n: int = 0
    quality: dict[str, Any] | None = None
    serving: dict[str, Any] | None = None
    difference: tuple[float, float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the data of the event that ends the run."""
        return {
            "rule": self.rule,
            "reason": self.reason,
            "n": self.n,
            "quality": self.quality,
            "serving": self.serving,
            "difference": None if self.difference is None else list(self.difference),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judgement:
        """Read what `to_json` of a judgement that passed wrote."""
        found = data["difference"]
        return cls(
            True,
            data["reason"],
            data["rule"],
            data["n"],
            data["quality"],
            data["serving"],
            None if found is None else (found[0], found[1], found[2]),
        )


def judge(
    task: Task,
    rule: str,
    actual: Sequence[Any],
    new: Prediction | None,
    serving: Prediction | None,
) -> Judgement:
    """Compare two predictions about the same answers, pair by pair."""
    if new is None or serving is None or len(actual) < 2:
        quality = None if new is None else _quality(task, score(task, new, actual))
        return Judgement(True, "there is nothing to compare with", rule, len(actual), quality)
    ours, theirs = score(task, new, actual), score(task, serving, actual)
    mean, low, high = compare(ours, theirs)
    passed = high >= 0.0
    # A model that cannot be told apart serves: it has seen more labels than the one before.
    reason = (
        f"{ours.mean():.3f} against {theirs.mean():.3f} on {len(actual)} answers that neither had "
        f"learnt; difference {mean:+.3f}, between {low:+.3f} and {high:+.3f}: "
        + ("not worse" if passed else "worse")
    )
    return Judgement(
        passed,
        reason,
        rule,
        len(actual),
        _quality(task, ours),
        _quality(task, theirs),
        (mean, low, high),
    )


def _quality(task: Task, scores: FloatArray) -> dict[str, Any] | None:
    found = from_scores(task, scores, "held back")
    return None if found is None else found.to_json()


def compare(new: FloatArray, serving: FloatArray) -> tuple[float, float, float]:
    """Return the mean difference of paired scores (n,) with its 95 % interval, n at least 2.

    >>> import numpy as np
    >>> [round(x, 3) for x in compare(np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))]
    [0.333, -1.101, 1.768]
    """
    mean, low, high = registry.get("service", "evaluation.mean_interval")(new - serving)
    return float(mean), float(low), float(high)


def fluctuation(task: Task, before: Prediction, now: Prediction) -> float:
    """Return how much two models differ on n examples: 1 less the score of one by the other.

    For a single label that is the share of examples that they answer differently.
    """
    return float(1.0 - score(task, now, task.values(before)).mean())

"""Judging: whether a new model may serve, by answers that neither side has learnt from.

Both sides learn from the same labels and are compared answer by answer. The new one is promoted
unless the 95 % interval of the mean difference lies wholly below 0; by the rule ``better`` only
where the 90 % interval lies wholly above 0, so that in one case out of twenty at most a model
that is no better takes over. Who learns what is in `splitting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray
from asknext.core.predictions import Prediction
from asknext.core.tasks import Task
from asknext.loop.deep.plan import BETTER
from asknext.loop.measuring import from_scores, score

USUAL, CLEARLY = 0.95, 0.9
"""Levels of the interval of the difference: of every rule, and of ``better``."""


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


@dataclass(frozen=True, slots=True)
class Paired:
    """Hold the scores (n,) of two sides on the same answers."""

    new: FloatArray
    serving: FloatArray | None


def paired(
    task: Task, actual: Sequence[Any], new: Prediction | None, serving: Prediction | None
) -> Paired | None:
    """Score two predictions about the same answers; None where the new side says nothing."""
    if new is None:
        return None
    return Paired(
        score(task, new, actual), None if serving is None else score(task, serving, actual)
    )


def judge(task: Task, rule: str, found: Sequence[Paired | None]) -> Judgement:
    """Compare two sides on the answers of one trial or of several.

    Where there is nothing to compare with the new model serves, but not by ``better``.
    """
    said = [pair for pair in found if pair is not None]
    ours = np.concatenate([pair.new for pair in said] or [np.empty(0)])
    theirs = [pair.serving for pair in said if pair.serving is not None]
    if len(ours) < 2 or len(theirs) < len(said):
        quality = _quality(task, ours) if len(ours) else None
        reason = "there is nothing to compare with"
        return Judgement(rule != BETTER, reason, rule, len(ours), quality)
    return _compared(task, rule, ours, np.concatenate(theirs))


def _compared(task: Task, rule: str, ours: FloatArray, theirs: FloatArray) -> Judgement:
    mean, low, high = compare(ours, theirs, level=CLEARLY if rule == BETTER else USUAL)
    # A model that cannot be told apart usually serves: it has seen more labels than the one before.
    passed = low > 0.0 if rule == BETTER else high >= 0.0
    told = ("better", "not clearly better") if rule == BETTER else ("not worse", "worse")
    reason = (
        f"{ours.mean():.3f} against {theirs.mean():.3f} on {len(ours)} answers that neither had "
        f"learnt; difference {mean:+.3f}, between {low:+.3f} and {high:+.3f}: "
        f"{told[0] if passed else told[1]}"
    )
    return Judgement(
        passed,
        reason,
        rule,
        len(ours),
        _quality(task, ours),
        _quality(task, theirs),
        (mean, low, high),
    )


def _quality(task: Task, scores: FloatArray) -> dict[str, Any] | None:
    found = from_scores(task, scores, "held back")
    return None if found is None else found.to_json()


def compare(
    new: FloatArray, serving: FloatArray, level: float = USUAL
) -> tuple[float, float, float]:
    """Return the mean difference of paired scores (n,) with its interval, n at least 2.

    >>> import numpy as np
    >>> [round(x, 3) for x in compare(np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))]
    [0.333, -1.101, 1.768]
    """
    mean, low, high = registry.get("service", "evaluation.mean_interval")(new - serving, level)
    return float(mean), float(low), float(high)


def fluctuation(task: Task, before: Prediction, now: Prediction) -> float:
    """Return how much two models differ on n examples: 1 less the score of one by the other.

    For a single label that is the share of examples that they answer differently.
    """
    return float(1.0 - score(task, now, task.values(before)).mean())

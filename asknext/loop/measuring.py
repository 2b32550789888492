"""Measuring: how good the model is, from the control arm, without touching the strategy's picks.

Each answer to a randomly drawn question is predicted by a model that has not seen it: the one
serving when the answer came (kept in the event), and, for the figure shown, a model fitted to
all labels but a fold of the control arm. The folds are predicted in turn, so every control
answer counts towards the quality of the model as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model
from asknext.core.seeds import generator
from asknext.core.tasks import Task
from asknext.loop.learner import Labelled, Learner
from asknext.loop.space import Space

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Quality:
    """Be an estimate with its 95 % interval; `n` answers stand behind it."""

    metric: str
    estimate: float
    low: float
    high: float
    n: int
    source: str
    level: float = 0.95
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def from_scores(task: Task, scores: FloatArray, source: str, note: str = "") -> Quality | None:
    """Turn per-example scores in [0, 1] into an estimate; None without scores."""
    if not len(scores):
        return None
    low, high = registry.get("service", "evaluation.wilson")(float(scores.sum()), len(scores))
    metric = registry.get("metrics", task.kind)(task).metric
    return Quality(metric, float(scores.mean()), low, high, len(scores), source, note=note)


def score(task: Task, prediction: Prediction, actual: Sequence[Any]) -> FloatArray:
    """Return how right each prediction is, (n,) in [0, 1]."""
    metrics = registry.get("metrics", task.kind)(task)
    return np.asarray(metrics.scores(task.values(prediction), actual), dtype=float)


def cross_fitted(
    learner: Learner,
    space: Space,
    labelled: Labelled,
    control: Sequence[str],
) -> Quality | None:
    """Estimate quality on the control answers, each predicted by a model that has not seen it.

    The folds start cold: a warm start would remember what it must not know.
    """
    members = places(labelled, control)
    if not len(members) or len(labelled.rows) <= len(members) // FOLDS + 1:
        return None
    order = generator(learner.settings.seed, "folds", len(members)).permutation(members)
    scores = []
    for fold in np.array_split(order, min(FOLDS, len(order))):
        model = learner.fit(space, without(labelled, fold))
        if model is None:
            return None
        held = labelled.rows[fold]
        prediction = model.predict(space.batch(held))
        scores.append(score(learner.task, prediction, [labelled.labels[i] for i in fold]))
    return from_scores(learner.task, np.concatenate(scores), "control")


def places(labelled: Labelled, ids: Iterable[str]) -> IntArray:
    """Return where these examples are among the labelled, in their order; others are left out."""
    place = {example: i for i, example in enumerate(labelled.ids)}
    return np.array([place[example] for example in ids if example in place], np.int64)


def without(labelled: Labelled, members: IntArray) -> Labelled:
    """Return the labelled examples but those at these places."""
    keep = np.setdiff1d(np.arange(len(labelled.rows)), members)
    return Labelled(
        labelled.rows[keep],
        [labelled.ids[i] for i in keep],
        [labelled.labels[i] for i in keep],
    )


def on_test(
    task: Task,
    model: Model,
    space: Space,
    rows: IntArray,
    gold: Sequence[Any],
) -> Quality | None:
    """Measure on the fixed test examples that have vectors."""
    if not len(rows):
        return None
    prediction = model.predict(space.batch(rows))
    return from_scores(task, score(task, prediction, gold), "test")


def agreement(task: Task, old: Prediction | None, new: Prediction | None) -> float:
    """Return Cohen's kappa between two models' answers to the same examples, NaN without both.

    Source: Bloodgood and Vijay-Shanker 2009, section 3 (stabilising predictions).
    """
    if old is None or new is None:
        return float("nan")
    said = [[task.alike(value) for value in task.values(one)] for one in (old, new)]
    return float(registry.get("service", "evaluation.kappa")(*said))

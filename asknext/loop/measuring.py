"""Measuring: how good the model is, from the control arm, without touching the strategy's picks.

Each answer to a randomly drawn question is predicted by a model that has not seen it: the one
serving when the answer came (kept in the event), and, for the figure shown, a model fitted to
all labels but a fold of the control arm. The folds are predicted in turn, so every control
answer counts towards the quality of the model as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
BINS = 10
NOTHING = np.empty(0, np.int64)

Judged = tuple[Prediction, Prediction | None]
"""What a model says of the fold that it has not seen, and of further rows, None without any."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Be an estimate with its 95 % interval; `n` answers stand behind it.

    `trust` says of probabilities whether they mean what they say: the mean ``confidence``, the
    share that was ``right``, and the expected calibration ``error``.
    """

    metric: str
    estimate: float
    low: float
    high: float
    n: int
    source: str
    level: float = 0.95
    note: str = ""
    trust: Mapping[str, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def from_scores(
    task: Task,
    scores: FloatArray,
    source: str,
    note: str = "",
    trust: Mapping[str, float] | None = None,
) -> Quality | None:
    """Turn per-example scores in [0, 1] into an estimate; None without scores."""
    if not len(scores):
        return None
    low, high = registry.get("service", "evaluation.wilson")(float(scores.sum()), len(scores))
    metric = registry.get("metrics", task.kind)(task).metric
    return Quality(
        metric, float(scores.mean()), low, high, len(scores), source, note=note, trust=trust
    )


def score(task: Task, prediction: Prediction, actual: Sequence[Any]) -> FloatArray:
    """Return how right each prediction is, (n,) in [0, 1]."""
    metrics = registry.get("metrics", task.kind)(task)
    return np.asarray(metrics.scores(task.values(prediction), actual), dtype=float)


def confidences(task: Task, prediction: Prediction) -> FloatArray | None:
    """Return the probability (n,) of each answer that is right or wrong; None of other tasks."""
    return task.confidence(prediction) if "proba" in prediction.arrays else None


def trust_in(confidence: FloatArray, right: FloatArray) -> dict[str, float]:
    """Return how sure n answers were, how many were right, and how far the two are apart."""
    error = registry.get("service", "evaluation.calibration_error")
    return {
        "confidence": round(float(confidence.mean()), 4),
        "right": round(float(right.mean()), 4),
        "error": round(float(error(confidence, right, BINS)), 4),
    }


def _as_it_is(prediction: Prediction) -> Prediction:
    return prediction


@dataclass(frozen=True)
class Judges:
    """Be labelled examples in folds, each judged by models that have not seen its fold.

    The models start cold: a warm start would remember what it must not know. `shown` calibrates
    predictions as those that people see.
    """

    learner: Learner
    space: Space
    labelled: Labelled
    folds: Sequence[IntArray]
    shown: Callable[[Prediction], Prediction] = _as_it_is

    @property
    def order(self) -> IntArray:
        """Return the places of the items in the order in which figures about them come."""
        return np.concatenate(list(self.folds))

    @property
    def labels(self) -> list[Any]:
        """Return what people said of the items."""
        return [self.labelled.labels[i] for i in self.order]

    def predictions(
        self, learnt: Callable[[IntArray], IntArray], extra: IntArray = NOTHING
    ) -> list[Judged] | None:
        """Predict each fold, and the pool rows `extra`, by a model fitted to ``learnt(fold)``."""
        made = []
        for fold in self.folds:
            model = self.learner.fit(self.space, self.labelled.at(learnt(fold)))
            if model is None:
                return None
            rows = self.labelled.rows[fold]
            held = self.shown(model.predict(self.space.batch(rows)))
            more = self.shown(model.predict(self.space.batch(extra))) if len(extra) else None
            made.append((held, more))
        return made

    def right(self, made: Sequence[Judged]) -> FloatArray:
        """Return how right these predictions of the folds are about each item (items,)."""
        task, labels = self.learner.task, self.labelled.labels
        pairs = zip(made, self.folds, strict=True)
        return np.concatenate(
            [score(task, held, [labels[i] for i in fold]) for (held, _), fold in pairs]
        )

    def scores(self, learnt: Callable[[IntArray], IntArray]) -> FloatArray | None:
        """Return how right models fitted to ``learnt(fold)`` are about each item (items,)."""
        made = self.predictions(learnt)
        return None if made is None else self.right(made)

    def rest(self, fold: IntArray) -> IntArray:
        """Return the places of all labels but those of a fold."""
        return np.setdiff1d(np.arange(len(self.labelled.rows)), fold)


def cross_fitted(
    learner: Learner,
    space: Space,
    labelled: Labelled,
    control: Sequence[str],
    shown: Callable[[Prediction], Prediction] = _as_it_is,
) -> Quality | None:
    """Estimate quality on the control answers, each predicted by a model that has not seen it."""
    members = places(labelled, control)
    if not len(members) or len(labelled.rows) <= len(members) // FOLDS + 1:
        return None
    order = generator(learner.settings.seed, "folds", len(members)).permutation(members)
    folds = np.array_split(order, min(FOLDS, len(order)))
    judges = Judges(learner, space, labelled, folds, shown)
    made = judges.predictions(judges.rest)
    if made is None:
        return None
    right = judges.right(made)
    known = [part for held, _ in made if (part := confidences(learner.task, held)) is not None]
    trust = trust_in(np.concatenate(known), right) if known else None
    return from_scores(learner.task, right, "control", trust=trust)


def places(labelled: Labelled, ids: Iterable[str]) -> IntArray:
    """Return where these examples are among the labelled, in their order; others are left out."""
    place = {example: i for i, example in enumerate(labelled.ids)}
    return np.array([place[example] for example in ids if example in place], np.int64)


def without(labelled: Labelled, members: IntArray) -> Labelled:
    """Return the labelled examples but those at these places."""
    return labelled.at(np.setdiff1d(np.arange(len(labelled.rows)), members))


def on_test(
    task: Task,
    model: Model,
    space: Space,
    rows: IntArray,
    gold: Sequence[Any],
    shown: Callable[[Prediction], Prediction] = _as_it_is,
) -> Quality | None:
    """Measure on the fixed test examples that have vectors."""
    if not len(rows):
        return None
    prediction = shown(model.predict(space.batch(rows)))
    right, sure = score(task, prediction, gold), confidences(task, prediction)
    return from_scores(task, right, "test", trust=None if sure is None else trust_in(sure, right))


def agreement(task: Task, old: Prediction | None, new: Prediction | None) -> float:
    """Return Cohen's kappa between two models' answers to the same examples, NaN without both.

    Source: Bloodgood and Vijay-Shanker 2009, section 3 (stabilising predictions).
    """
    if old is None or new is None:
        return float("nan")
    said = [[task.alike(value) for value in task.values(one)] for one in (old, new)]
    return float(registry.get("service", "evaluation.kappa")(*said))

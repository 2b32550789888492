"""Evidence: how good the model is, what the strategy was worth, and where it leads, as plain JSON.

All of it rests on answers to questions drawn at random, each judged by models that have not seen
it. Dozens of small models are fitted for it, so it is worked out on request, kept in the store
with the number of answers it speaks of, and read from there by reports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.tasks import Task
from asknext.loop.audits import random_left
from asknext.loop.gauging import sure
from asknext.loop.learner import Labelled
from asknext.loop.live import Live
from asknext.loop.measuring import FOLDS, Judges, places
from asknext.loop.prospects import curves, random_needed
from asknext.loop.space import Space
from asknext.loop.weighing import FEW, LEAST, weighted

NAME = "evidence"
MOST_RESERVE = 1000  # unanswered texts whose predictions narrow the interval
HALVES = (0.05, 0.03, 0.02)
SETS_OF_LABELS = ("classification", "multi_label")


def gather(live: Live, space: Space, labelled: Labelled) -> dict[str, Any]:
    """Work the evidence out as plain JSON; what cannot be said is None, with a reason beside."""
    control = _spoken_of(space, labelled, places(labelled, live.control_ids()))
    told: dict[str, Any] = {
        "answers": len(labelled.rows),
        "random_answers": len(control),
        "needs": {
            "answers": 2 * LEAST,
            "random_answers": LEAST,
            "random_answers_for_saving": random_needed(),
        },
        "reason": None,
    }
    if len(control) < LEAST or len(labelled.rows) < 2 * LEAST:
        return {**told, "reason": FEW}
    judges = _judges(live, space, labelled, control)
    found = _quality(live, judges)
    if found is None:
        return {**told, "reason": FEW}
    return {
        **told,
        **found,
        "weighted": weighted(live, judges, found["quality"]),
        **curves(live, judges),
    }


def _spoken_of(space: Space, labelled: Labelled, control: IntArray) -> IntArray:
    """Keep what a model says something about: one that writes has not written about all texts."""
    rows = labelled.rows[control]
    return control[np.isin(rows, space.speaks(rows))]


def keep(live: Live, found: Mapping[str, Any]) -> None:
    """Keep evidence in the store, in place of what was kept before."""
    live.store.put(live.project, NAME, json.dumps(found, ensure_ascii=False).encode())


def kept(live: Live) -> dict[str, Any] | None:
    """Return the evidence that was kept last, None before."""
    data = live.store.fetch(live.project, NAME)
    return None if data is None else dict(json.loads(data))


def _judges(live: Live, space: Space, labelled: Labelled, control: IntArray) -> Judges:
    # The folds of the figure that reports show, so that the two are one.
    order = generator(live.settings.seed, "folds", len(control)).permutation(control)
    folds = np.array_split(order, FOLDS)
    return Judges(live.learner, space, labelled, folds, live.serving.calibrated)


# -- how good it is ------------------------------------------------------------------------


def _quality(live: Live, judges: Judges) -> dict[str, Any] | None:
    reserve = _reserve(live, judges)
    made = judges.predictions(judges.rest, reserve)
    if made is None:
        return None
    task = live.task
    said = [value for held, _ in made for value in task.values(held)]
    right = registry.get("metrics", task.kind)(task).scores(said, judges.labels)
    right = np.asarray(right, np.float64)
    metric = registry.get("metrics", task.kind)(task).metric
    powered, unanswered = _powered(task, made, right)
    plain = powered.plain.to_json()
    half = registry.get("service", "evaluation.more_for")
    return {
        "quality": {"metric": metric, **plain, **_limits(right)},
        "powered": {
            "metric": metric,
            **powered.mean.to_json(),
            "lean": powered.lean,
            "saved": powered.saved,
            "unanswered": unanswered,
        },
        "classes": _classes(live, judges, said),
        "shares": _shares(live, judges, made),
        "audit": [
            {**row, "left": len(random_left(live))}
            for row in half(plain["estimate"], len(right), HALVES)
        ],
    }


def _limits(right: FloatArray) -> dict[str, float]:
    """Return the limits as the headline has them."""
    low, high = registry.get("service", "evaluation.wilson")(float(right.sum()), len(right))
    return {"low": low, "high": high}


def _reserve(live: Live, judges: Judges) -> IntArray:
    """Return rows of the control arm that nobody has answered: as random as those answered.

    What the strategy has left over is not: it has taken the hard ones out.
    """
    rows = judges.space.speaks(random_left(live))
    if "examples" in getattr(registry.get("model", live.settings.model_name), "reads", ()):
        return rows[:0]  # predicting whole texts takes too long
    return rows[:MOST_RESERVE]


def _powered(
    task: Task, made: Sequence[tuple[Prediction, Any]], right: FloatArray
) -> tuple[Any, int]:
    """Return the figure helped by how sure the model is, and of how many unanswered texts it says.

    Any figure in [0, 1] may help: it is only leant on as far as it goes with being right.
    """
    use = registry.get("service", "evaluation.powered_share")
    known = _all([sure(task, held) for held, _ in made])
    others = _all([None if extra is None else sure(task, extra) for _, extra in made])
    if known is None or others is None:
        return use(right, np.zeros(len(right)), []), 0
    return use(right, np.concatenate(known), np.mean(others, axis=0)), len(others[0])


def _all(parts: Sequence[FloatArray | None]) -> list[FloatArray] | None:
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) else None


def _classes(live: Live, judges: Judges, said: Sequence[Any]) -> dict[str, Any] | None:
    """Return figures of each class, on the test set where there is one."""
    task = live.task
    if task.kind not in SETS_OF_LABELS:
        return None
    source, actual = "control", judges.labels
    rows, gold = live.test_rows()
    if len(rows) and live.serving.model is not None:
        source, actual = "test", gold
        said = task.values(live.serving.model.predict(judges.space.batch(rows)))
    found = registry.get("service", "evaluation.class_figures")(
        [task.parts(value) for value in said],
        [task.parts(value) for value in actual],
        task.form()["labels"],
        rng=generator(live.settings.seed, "classes", len(actual)),
    )
    return {"source": source, **found}


def _shares(
    live: Live, judges: Judges, made: Sequence[tuple[Prediction, Prediction | None]]
) -> list[dict[str, Any]] | None:
    """Return how much of the pool belongs to each class."""
    if live.task.kind != "classification" or any(more is None for _, more in made):
        return None
    use = registry.get("service", "evaluation.powered_share")
    shown = []
    for label in live.task.form()["labels"]:
        held = np.concatenate([_column(one, label) for one, _ in made])
        more = np.mean([_column(other, label) for _, other in made if other is not None], axis=0)
        actual = [float(value == label) for value in judges.labels]
        mean = use(actual, held, more).mean
        shown.append({"label": label, **{x: getattr(mean, x) for x in ("estimate", "low", "high")}})
    return shown


def _column(prediction: Prediction, label: str) -> FloatArray:
    if label not in prediction.classes:
        return np.zeros(len(prediction.proba))
    return np.asarray(prediction.proba[:, list(prediction.classes).index(label)])

"""Self-training of a deep model: trained twice, and the better one is kept.

The model that has learnt people's labels says what it thinks of texts without one; a second model
learns both. Whether it is kept is decided on answers that neither has learnt: those that a round
is judged on anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.core.predictions import Prediction, log_proba
from asknext.core.vectors import unit_rows
from asknext.loop.deep.sides import Head, Side
from asknext.loop.live import Live
from asknext.loop.teaching import FEWEST, named

MOST_TEXTS = 500  # reading them with the new model costs as much as learning some of them
LEAST_JUDGES = 10


@dataclass(frozen=True)
class Lesson:
    """Hold texts with the labels that a model gave them, and what each weighs (m,)."""

    examples: list[Example]
    labels: list[Any]
    weights: FloatArray


def lesson(
    live: Live, side: Side, learnt: Sequence[Example], labels: Sequence[Any]
) -> Lesson | None:
    """Return what `side`, fitted to these labels, would teach; None where that is nothing."""
    if not isinstance(side, Head) or len(learnt) < FEWEST:
        return None
    asked = _texts(live)
    found = side.predict(learnt, labels, asked)
    if found is None:
        return None
    texts, people = unit_rows(side.sentences(asked)), unit_rows(side.sentences(learnt))
    chosen = registry.get("service", "model.pseudo_labels")(found, texts, people, labels)
    if not len(chosen.places):
        return None
    return Lesson([asked[i] for i in chosen.places], chosen.labels, chosen.weights)


def _texts(live: Live) -> list[Example]:
    """Return unlabelled examples outside the control arm, the first of the fixed draw."""
    with live.lock:
        rows = live.teachable()
        labelled = live.pool.rows(live.state.labels)
        rows = np.setdiff1d(rows, labelled)
        rows = rows[np.argsort(live.pool.draw[rows])][:MOST_TEXTS]
    return live.load(rows) if len(rows) else []


def verdict(
    live: Live,
    plain: Prediction | None,
    taught: Prediction | None,
    actual: Sequence[Any],
    lesson: Lesson,
) -> dict[str, Any]:
    """Say as JSON whether the second model is kept, by answers that neither has learnt."""
    told = {"helps": False, "pseudo": len(lesson.labels), "n": len(actual)}
    if plain is None or taught is None or len(actual) < LEAST_JUDGES:
        return {**told, "reason": "few answers"}
    place = {name: i for i, name in enumerate(named(live.task))}
    sides = (log_proba(plain, place), log_proba(taught, place))
    numbers = np.array([place[label] for label in actual], np.int64)
    found = registry.get("service", "model.self_training_gain")(*sides, numbers)
    return {
        **told,
        "helps": found.helped,
        "gain": round(found.mean, 4),
        "error": round(found.error, 4),
        "before": round(found.before, 4),
        "after": round(found.after, 4),
        "reason": "helps" if found.helped else "does not help",
    }

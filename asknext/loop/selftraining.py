"""Self-training: whether pseudo-labels help a project, asked on labels that were held back.

The check runs where quality is measured and is kept in that event, so that every process and
every restart goes by the same one, and people can read what it found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.predictions import log_proba
from asknext.core.protocols import Model
from asknext.core.seeds import generator
from asknext.core.settings import OFF
from asknext.loop.learner import Labelled, Learner
from asknext.loop.live import Live
from asknext.loop.measuring import without
from asknext.loop.space import Space
from asknext.loop.teaching import FEWEST, named, pseudo, serves, taught

FOLDS = 5
EVERY = 1.25  # times the labels of the last check
MOST_LABELS = 1000  # beyond, pseudo-labels add little, and ten fits take long


def due(last: Mapping[str, Any], run: str, labels: int) -> bool:
    """Say whether to check anew: other vectors, or a quarter more labels than the last time.

    >>> due({"run": "", "labels": 60}, "", 74), due({"run": "", "labels": 60}, "", 75)
    (False, True)
    >>> due({"run": "", "labels": 10}, "", 40), due({"run": "", "labels": 40}, "", 50)
    (False, True)
    """
    if not last or last["run"] != run or labels < last["labels"]:
        return True
    if last["labels"] < FEWEST:
        return labels >= FEWEST
    return labels >= EVERY * int(last["labels"])


def check(live: Live, space: Space, labelled: Labelled) -> dict[str, Any] | None:
    """Say as JSON whether pseudo-labels help now, and by what; None where nobody asked.

    Each fifth of the labels is predicted by two models that have not seen it: one that has learnt
    the others, and one that has learnt pseudo-labels as well. They help where the mean log-loss,
    each side at its own best temperature, falls.
    """
    if live.settings.self_training == OFF or not serves(live.settings) or space.ready is not None:
        return None
    told = {"run": live.run, "helps": False, "labels": len(labelled.rows)}
    if reason := _unable(labelled):
        return {**told, "reason": reason}
    free, learner = live.teachable(), replace(live.learner, teachable=None)
    sides = _held_out(learner, space, labelled, free)
    found = registry.get("service", "model.self_training_gain")(*sides)
    counted = _count(learner, space, labelled, free)
    return {
        **told,
        "helps": found.helped and counted > 0,
        "gain": round(found.mean, 4),
        "error": round(found.error, 4),
        "before": round(found.before, 4),
        "after": round(found.after, 4),
        "n": found.n,
        "pseudo": counted,
        "reason": "helps" if found.helped else "does not help",
    }


def _unable(labelled: Labelled) -> str:
    """Return why there is nothing to check, empty where there is."""
    if len(labelled.rows) < FEWEST:
        return "few labels"
    if len(labelled.rows) > MOST_LABELS:
        return "many labels"
    counts = Counter(labelled.labels)
    return "" if sum(n >= FOLDS for n in counts.values()) >= 2 else "one class"


def _held_out(
    learner: Learner, space: Space, labelled: Labelled, free: IntArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return log-probabilities (n, c) of both sides, and the columns of the true classes (n,)."""
    place = {name: i for i, name in enumerate(named(learner.task))}
    sides: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    numbers = []
    for fold in _folds(labelled.labels, learner.settings.seed):
        rest, held = without(labelled, fold), space.batch(labelled.rows[fold])
        plain = learner.fit(space, rest)
        assert plain is not None  # there are labels, and no model that is ready
        both = (
            plain,
            _taught(learner, plain, space, rest, np.setdiff1d(free, labelled.rows[fold])),
        )
        for side, model in zip(sides, both, strict=True):
            side.append(log_proba(model.predict(held), place))
        numbers += [place[labelled.labels[i]] for i in fold]
    return np.concatenate(sides[0]), np.concatenate(sides[1]), np.array(numbers, np.int64)


def _taught(
    learner: Learner, model: Model, space: Space, labelled: Labelled, free: IntArray
) -> Model:
    blank: Model = learner.settings.build_model(learner.task)
    seed = learner.settings.seed
    return taught(model, blank, space, labelled.rows, labelled.labels, free, seed=seed)


def _folds(labels: Sequence[Any], seed: int) -> list[IntArray]:
    """Deal the examples of each class out in turn; rare classes are never held out."""
    counts = Counter(labels)
    common = np.array([i for i, label in enumerate(labels) if counts[label] >= FOLDS], np.int64)
    order = generator(seed, "self-training", len(labels)).permutation(common)
    by_class = sorted(order.tolist(), key=lambda i: str(labels[i]))
    return [np.array(by_class[start::FOLDS], np.int64) for start in range(FOLDS)]


def _count(learner: Learner, space: Space, labelled: Labelled, free: IntArray) -> int:
    """Return how many texts would get a pseudo-label now."""
    model = learner.fit(space, labelled)
    assert model is not None  # there are labels, and no model that is ready
    found = pseudo(model, space, labelled.rows, labelled.labels, free)
    return 0 if found is None else len(found.places)

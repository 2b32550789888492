"""Teaching: a fit that learns from texts without a label too, by what the model says of them.

Pseudo-labels live for one fit. They are never stored, so they cannot be taken for answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import IntArray
from asknext.core.protocols import Model
from asknext.core.settings import Settings
from asknext.core.tasks import Task
from asknext.core.vectors import unit_rows
from asknext.loop.space import Space

WHO = "asknext:self-training"
"""The annotator who gives pseudo-labels."""

MOST = 2000  # texts that pseudo-labels may be given to
FEWEST = 50  # labels; with fewer the model is wrong too often to teach itself
TASK = "classification"


def serves(settings: Settings) -> bool:
    """Say whether the task of a project and its model can do it."""
    model = registry.get("model", settings.model_name)
    return settings.task["kind"] == TASK and "vectors" in model.reads and "proba" in model.provides


def taught(
    model: Model,
    blank: Model,
    space: Space,
    rows: IntArray,
    labels: Sequence[Any],
    free: IntArray,
    *,
    seed: int,
    init: Model | None = None,
) -> Model:
    """Return `blank` fitted to people's labels and to pseudo-labels that `model` gives.

    `model` has learnt `labels` of the pool rows `rows`; `free` are rows that pseudo-labels may be
    given to, of which those in `rows` are left out. With fewer than 50 labels, or where no
    pseudo-label passes, it is `model` itself. `init` is where to start: the one before.
    """
    found = pseudo(model, space, rows, labels, free)
    if found is None or not len(found.places):
        return model
    more, given, weights = found.places, found.labels, found.weights
    batch = space.batch(np.concatenate([rows, more]))
    weighed = np.concatenate([np.ones(len(rows), np.float32), weights])
    return blank.fit(batch, [*labels, *given], seed=seed, init=init or model, weights=weighed)


def pseudo(
    model: Model, space: Space, rows: IntArray, labels: Sequence[Any], free: IntArray
) -> Any:
    """Return pseudo-labels of pool rows (``places``, ``labels``, ``weights``), None for none."""
    asked = np.setdiff1d(space.known(free), rows)
    if len(rows) < FEWEST or not len(asked):
        return None
    choose = registry.get("service", "model.pseudo_labels")
    texts, people = unit_rows(space.sentences(asked)[:]), unit_rows(space.sentences(rows)[:])
    found = choose(model.predict(space.batch(asked)), texts, people, labels)
    return replace(found, places=asked[found.places])


def named(task: Task) -> tuple[str, ...]:
    """Return the labels of a task that has a set of them."""
    return tuple(task.form().get("labels", ()))

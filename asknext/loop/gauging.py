"""Gauging: what stop rules read of a moment besides its quality, each from what is at hand.

How unsure the model is and how far its predictions have moved come from the stop set; what has
been given and found comes from the answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, Ragged
from asknext.core.errors import Unsupported
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.tasks import Task
from asknext.loop.learner import Labelled, Learner
from asknext.loop.live import Live
from asknext.loop.space import Space

NAN = float("nan")
F1 = ("macro_f1", "f1")  # what the metrics of a task call it, where they have it
ACCURACY = "accuracy"  # the figure of tasks whose answers are right or wrong
COMPARED = 300  # texts, numbers or pairs on which two models are compared one by one
PARTS = 4  # of the labels, a model from each: three know nothing of an example
LEAST = 40  # labels for that
LABELLED = ("classification", "multi_label", "tagging")  # elsewhere no label can be searched for


def uncertainty(task: Task, prediction: Prediction | None) -> float:
    """Return the mean uncertainty of n predictions, 0 sure to 1; NaN where none is given.

    Of classes, yes or no to each label, and tags it is the entropy as a share of the largest;
    of what else has a confidence, 1 minus that. One class alone says nothing: NaN.
    """
    if prediction is None:
        return NAN
    arrays = prediction.arrays
    if "proba" in arrays:
        return _entropy(prediction.proba)
    if "label_proba" in arrays:
        yes = np.asarray(arrays["label_proba"], float)
        return _entropy(np.stack([yes, 1.0 - yes], axis=-1))
    if "token_proba" in arrays:
        tokens: Ragged = arrays["token_proba"]
        return _entropy(tokens.values)
    try:
        sure = task.confidence(prediction)
    except Unsupported:
        return NAN
    return float(1.0 - sure.mean()) if len(sure) else NAN


def _entropy(proba: FloatArray) -> float:
    classes = proba.shape[-1]
    if classes < 2 or not proba.size:
        return NAN
    table = np.maximum(np.asarray(proba, float), 1e-12)
    return float(-(table * np.log(table)).sum(axis=-1).mean() / math.log(classes))


def sure(task: Task, prediction: Prediction) -> FloatArray | None:
    """Return how sure the model is of each of n predictions (n,), None where it cannot say."""
    try:
        found = np.asarray(task.confidence(prediction), np.float64)
    except Unsupported:
        return None
    return found if bool(((found >= 0.0) & (found <= 1.0)).all()) else None


def confidence(task: Task, prediction: Prediction | None) -> float:
    """Return the share of n predictions that the model expects to be right about.

    NaN where it cannot say, and where a task is not graded by right and wrong: how sure a model
    is of a text or a number is on another scale than how well it did.
    """
    if prediction is None or registry.get("metrics", task.kind)(task).metric != ACCURACY:
        return NAN
    found = sure(task, prediction)
    return NAN if found is None or not len(found) else float(found.mean())


def predicted_change(task: Task, old: Prediction | None, new: Prediction | None) -> float:
    """Return how far the old model's F1 is from 1 if the new one is right; NaN without both.

    Macro F1 of classes and labels, F1 of all spans; elsewhere the mean score of the task's
    metric on the first examples. Where neither model finds anything nothing has changed: 0.

    Source: Altschuler and Bloodgood 2019, predicted change of F measure, for two classes.
    """
    if old is None or new is None:
        return NAN
    said, truth = task.values(old), task.values(new)
    if not truth:
        return NAN
    metrics = registry.get("metrics", task.kind)(task)
    if task.parts(truth[0]) or "label_proba" in new.arrays or "token_proba" in new.arrays:
        summary = metrics.summary(said, truth)
        for name in F1:
            if name in summary:
                return 0.0 if summary[name] is None else 1.0 - float(summary[name])
    return float(1.0 - metrics.scores(said[:COMPARED], truth[:COMPARED]).mean())


def given(live: Live) -> int:
    """Count the answers that people gave here; what came with a file costs nothing now."""
    with live.lock:
        return sum(said.arm != "seed" for _, said in live.state.recent)


def search(live: Live) -> dict[str, Any]:
    """Count what has been found of each label, and how much of the fixed random order is labelled.

    ``pool`` counts all examples but copies, ``searched`` those of them that can have a label:
    nothing flagged, nothing that people could only skip. ``drawn`` is how many of these, from the
    beginning of the order on, are all labelled. ``found`` maps a label to how many examples have
    it, in all and among the ``drawn``. Empty for tasks whose answers have no labels.
    """
    with live.lock:  # answers come in while we count
        return _searched(live)


def _searched(live: Live) -> dict[str, Any]:
    pool, state, task = live.pool, live.state, live.task
    if task.kind not in LABELLED:
        return {}
    labels = {pool.row_of[id]: set(task.parts(label)) for id, label in state.labels.items()}
    if not any(labels.values()):
        return {}
    searched = pool.askable.copy()
    given_up = [id for id, said in state.current.items() if said and id not in state.labels]
    searched[pool.rows([*state.flagged, *given_up])] = False
    open_rows = searched.copy()
    open_rows[list(labels)] = False
    edge = float(pool.draw[open_rows].min(initial=1.0))
    known = {row: parts for row, parts in labels.items() if searched[row]}
    every = _tally(known.values())
    first = _tally(parts for row, parts in known.items() if pool.draw[row] < edge)
    return {
        "pool": int(pool.askable.sum()),
        "searched": int(searched.sum()),
        "drawn": int((searched & (pool.draw < edge)).sum()),
        "found": {label: [every[label], first[label]] for label in sorted(every)},
    }


def _tally(values: Iterable[set[str]]) -> Counter[str]:
    return Counter(label for parts in values for label in parts)


def wants(stop: Mapping[str, Any], name: str) -> bool:
    """Say whether these settings name a stop rule, alone or inside another.

    >>> wants({"any_of": {"rules": {"recall": {}}}}, "recall")
    True
    """
    return any(rule == name for rule, _ in named(stop))


def named(stop: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each stop rule that settings name, with its arguments, alone or inside another.

    >>> list(named({"patience": {"rule": "target", "arguments": {"quality": 0.8}}}))[1]
    ('target', {'quality': 0.8})
    """
    for name, how in stop.items():
        yield name, how
        if isinstance(rules := how.get("rules"), Mapping):
            yield from named(rules)
        if isinstance(rule := how.get("rule"), str):
            yield from named({rule: how.get("arguments") or {}})


def seen(learner: Learner, space: Space, labelled: Labelled) -> dict[str, list[int]]:
    """Count, by label, the examples found unseen by one, and by two, of three models.

    Each of four parts of the labels makes a model; an example is shown to the three that have
    not learnt from it. Empty with few labels, where the model does not learn here, and on vectors
    that a deep training has made: they have learnt from the labels.
    """
    size = len(labelled.rows)
    if size < LEAST or space.ready is not None or space.caches.run:
        return {}
    task, seed = learner.task, learner.settings.seed
    plain = replace(learner, teachable=None)
    times: dict[tuple[int, str], int] = Counter()
    for part in np.array_split(generator(seed, "captures", size).permutation(size), PARTS):
        model = plain.fit(space, labelled.at(part))
        rest = np.setdiff1d(np.arange(size), part)
        if model is None:
            return {}
        said = task.values(model.predict(space.batch(labelled.rows[rest])))
        for place, value in zip(rest.tolist(), said, strict=True):
            for label in set(task.parts(value)) & set(task.parts(labelled.labels[place])):
                times[place, label] += 1
    counts = Counter((label, n) for (_, label), n in times.items())
    labels = sorted({label for _, label in times})
    return {label: [counts[label, 1], counts[label, 2]] for label in labels}

"""Temperature scaling for sets of labels: one temperature for all yes-or-no questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray
from asknext.core.seeds import generator
from asknext.models.calibration import (
    FOLD_TOL,
    FOLDS,
    MIN_LABELS,
    Scored,
    drawn,
    temperature,
)
from asknext.models.coefficients import Calibration
from asknext.models.linear_labels import LinearLabels, chosen


def calibrate(
    model: LinearLabels,
    batch: Batch,
    labels: Sequence[Any],
    seed: int,
    *,
    refit: Callable[[IntArray], LinearLabels] | None = None,
    unseen: IntArray | None = None,
    trial: Scored | None = None,
) -> LinearLabels:
    """Return the head with one temperature fitted to cross-validated logits, if that helped.

    As `asknext.models.calibration.calibrate`: three heads, each fitted without a third of the
    examples, score that third; the temperature of two thirds is tested on the rest, and used only
    where the log-loss of an example, summed over its labels, falls by more than one standard
    error. With fewer than 50 examples it stays 1. What is above one half stays so.

    `refit` fits a head to the examples of these rows; without it the head learns from labels
    alone. With `unseen`, the places of the labels that the vectors have not learnt, only those
    are held out, and the temperature is drawn towards the typical one, as it is there; `trial`
    are log-odds of yes against no, one row for each label of each text.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
    """
    held = np.arange(len(labels)) if unseen is None else unseen
    if unseen is None and len(labels) < MIN_LABELS:
        reason = f"fewer than {MIN_LABELS} labels"
        return model.calibrated(Calibration(labels=len(labels), reason=reason))
    vectors = np.asarray(batch.need_vectors(), np.float32)
    targets = chosen(labels, model.task.labels)
    order = generator(seed, "calibrate labels", len(labels)).permutation(held)
    folds = [np.sort(order[start::FOLDS]) for start in range(min(FOLDS, len(held)))]
    logits = []
    for fold in folds:
        keep = np.setdiff1d(np.arange(len(labels)), fold)
        fitted = _without(model, vectors, labels, keep, seed) if refit is None else refit(keep)
        logits.append(fitted.logits(Batch(len(fold), vectors=vectors[fold])))
    wanted = [targets[fold] for fold in folds]
    if unseen is None:
        return model.calibrated(_judge(logits, wanted))
    parts = [_sides(x, y) for x, y in zip(logits, wanted, strict=True)]
    return model.calibrated(drawn(parts if trial is None else [*parts, trial]))


def losses(logits: FloatArray, targets: FloatArray, at: float) -> FloatArray:
    """Return −log p(the labels that were chosen) (n,) under independent labels, in nats.

    >>> losses(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]]), 1.0).round(4).tolist()
    [1.3863]
    """
    scores = np.asarray(logits, np.float64) / at
    return np.asarray(np.logaddexp(0.0, np.where(targets > 0, -scores, scores)).sum(axis=1))


def _without(
    model: LinearLabels, vectors: FloatArray, labels: Sequence[Any], keep: IntArray, seed: int
) -> LinearLabels:
    blank = type(model)(model.task, C=model.C, tol=max(FOLD_TOL, model.tol), most=model.most)
    rest = Batch(len(keep), vectors=vectors[keep])
    return blank.fit(rest, [labels[i] for i in keep], seed=seed, init=model)


def _sides(logits: FloatArray, targets: FloatArray) -> Scored:
    """Return each yes-or-no question as one of two classes: (n × labels, 2), (n × labels,)."""
    flat = logits.ravel()
    return np.stack([np.zeros_like(flat), flat], axis=1), targets.ravel().astype(np.int64)


def _found(logits: Sequence[FloatArray], targets: Sequence[FloatArray]) -> float:
    return temperature(*_sides(np.concatenate(logits), np.concatenate(targets)))


def _judge(logits: Sequence[FloatArray], targets: Sequence[FloatArray]) -> Calibration:
    before = np.concatenate([losses(x, y, 1.0) for x, y in zip(logits, targets, strict=True)])
    nested = []
    for held in range(len(logits)):
        rest = [i for i in range(len(logits)) if i != held]
        at = _found([logits[i] for i in rest], [targets[i] for i in rest])
        nested.append(losses(logits[held], targets[held], at))
    after = np.concatenate(nested)
    gain = before - after
    helped = float(gain.mean()) > float(gain.std(ddof=1)) / math.sqrt(len(gain))
    return Calibration(
        _found(logits, targets) if helped else 1.0,
        helped,
        len(before),
        float(before.mean()),
        float(after.mean()),
        "held-out log-loss fell" if helped else "held-out log-loss did not clearly fall",
    )

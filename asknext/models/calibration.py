"""Temperature scaling: probabilities that mean what they say, where labels can show it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import Batch, FloatArray, IntArray
from asknext.core.seeds import generator
from asknext.models.coefficients import Calibration
from asknext.models.linear import LinearHead

FOLDS = 3
MIN_LABELS = 50
MIN_PER_CLASS = 3
RANGE = (0.05, 20.0)
# Nats: half the time of the exact fits with the same temperature to 1 %. At 1 nat the warm
# start still remembers what it must not know, and temperatures come out far too low.
FOLD_TOL = 0.01

# After a fine-tuning on few labels heads are too sure; measured, see docs/decisions.
TYPICAL, SPREAD = 1.5, 0.3

Losses = npt.NDArray[np.float64]
Refit = Callable[[IntArray], LinearHead]
"""Fits the head anew to the labelled examples at these places."""
Scored = tuple[FloatArray, IntArray]
"""Logits (n, c), and the columns (n,) of the true classes."""


def calibrate(
    model: LinearHead,
    batch: Batch,
    labels: Sequence[Any],
    seed: int,
    *,
    refit: Refit | None = None,
    unseen: IntArray | None = None,
    trial: Scored | None = None,
) -> LinearHead:
    """Return the head with one temperature fitted to cross-validated logits, if that helped.

    `batch` and `labels` are what `model` was fitted to. Three heads, each fitted without a third
    of the labels, score that third. The temperature found on two thirds is tested on the rest;
    it is used only where the mean log-loss falls by more than one standard error. With fewer
    than 50 labels, or fewer than two classes with three labels each, it stays 1. `refit` makes
    the heads where fitting takes more than the labels.

    The most probable class of an example never changes, nor does the order of its classes. With
    two classes the order of examples by margin stays too; with more, examples whose second and
    third classes differ may change places.

    Vectors that were trained on labels score those texts better than any new one, whichever head
    scores them. Then `unseen` are the places of the other labels, which alone are held out, and
    `trial` adds logits of texts that a training on fewer labels has not seen. They may be few:
    the log-temperature is drawn towards that of `TYPICAL`, as if it were normal with a deviation
    of `SPREAD`.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2; the test
    whether it helps is ours.
    """
    fit = refit or _blank(model, batch, labels)
    if unseen is not None:
        parts = [] if trial is None else [trial]
        held = np.intersect1d(unseen, np.array(_common(labels), np.int64))
        if len(held):
            folds = [fold for fold in _folds(labels, held.tolist(), seed) if len(fold)]
            parts += zip(*_held_out(model, batch, labels, folds, fit), strict=True)
        return model.calibrated(drawn(parts))
    common = _common(labels)
    if len(labels) < MIN_LABELS or len({labels[i] for i in common}) < 2:
        reason = f"fewer than {MIN_LABELS} labels, or than {MIN_PER_CLASS} in two classes"
        return model.calibrated(Calibration(labels=len(labels), reason=reason))
    folds = _folds(labels, common, seed)
    logits, numbers = _held_out(model, batch, labels, folds, fit)
    return model.calibrated(_judge(logits, numbers, folds))


def drawn(parts: Sequence[Scored]) -> Calibration:
    """Fit one temperature to all parts, drawn towards the typical one."""
    from scipy.optimize import minimize_scalar

    def cost(log_t: float) -> float:
        away = (log_t - math.log(TYPICAL)) / SPREAD
        return sum(float(losses(*part, math.exp(log_t)).sum()) for part in parts) + away**2 / 2

    bounds = tuple(np.log(RANGE))
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    at, n = float(np.exp(found.x)), sum(len(numbers) for _, numbers in parts)
    reason = f"the vectors have learnt all labels but {n}"
    if not n:
        return Calibration(at, True, 0, reason=reason)
    before, after = (
        float(np.concatenate([losses(*part, t) for part in parts]).mean()) for t in (1.0, at)
    )
    return Calibration(at, True, n, before, after, reason)


def temperature(logits: FloatArray, numbers: IntArray) -> float:
    """Return the T in [0.05, 20] with the least mean log-loss of softmax(logits / T).

    >>> sharp = np.array([[4.0, 0], [4, 0], [4, 0], [0, 4]])
    >>> round(temperature(sharp, np.array([0, 0, 1, 1])), 2)
    3.64
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: float(losses(logits, numbers, float(np.exp(log_t))).mean()),
        bounds=tuple(np.log(RANGE)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return float(np.exp(found.x))


def losses(logits: FloatArray, numbers: IntArray, at: float) -> Losses:
    """Return -log p(true class) (n,) of softmax(logits / at), in nats."""
    scores = logits.astype(np.float64) / at
    scores -= scores.max(axis=1, keepdims=True)
    true = scores[np.arange(len(scores)), numbers]
    return np.asarray(np.log(np.exp(scores).sum(axis=1)) - true)


def _common(labels: Sequence[Any]) -> list[int]:
    """Return the places of labels whose class is there often enough to be held out."""
    counts = Counter(labels)
    return [i for i, label in enumerate(labels) if counts[label] >= MIN_PER_CLASS]


def _folds(labels: Sequence[Any], common: Sequence[int], seed: int) -> list[IntArray]:
    """Deal the examples of each class out in turn; rare classes are never held out."""
    order = generator(seed, "calibrate", len(labels)).permutation(np.array(common))
    by_class = sorted(order, key=lambda i: str(labels[i]))
    return [np.array(by_class[start::FOLDS], dtype=np.int64) for start in range(FOLDS)]


def _blank(model: LinearHead, batch: Batch, labels: Sequence[Any]) -> Refit:
    """Return what fits the same kind of head to part of the labels, and to nothing else."""
    vectors = np.asarray(batch.need_vectors(), dtype=np.float32)
    blank = type(model)(model.task, C=model.C, tol=max(FOLD_TOL, model.tol), most=model.most)

    def refit(keep: IntArray) -> LinearHead:
        part = Batch(len(keep), vectors=vectors[keep])
        return blank.fit(part, [labels[i] for i in keep], seed=0, init=model)

    return refit


def _held_out(
    model: LinearHead,
    batch: Batch,
    labels: Sequence[Any],
    folds: Sequence[IntArray],
    refit: Refit,
) -> tuple[list[FloatArray], list[IntArray]]:
    vectors = batch.need_vectors()
    logits, numbers = [], []
    for fold in folds:
        fitted = refit(np.setdiff1d(np.arange(len(labels)), fold))
        place = {name: i for i, name in enumerate(fitted.classes)}
        logits.append(fitted.logits(Batch(len(fold), vectors=np.asarray(vectors[fold]))))
        numbers.append(np.array([place[labels[i]] for i in fold], dtype=np.int64))
    return logits, numbers


def _judge(
    logits: Sequence[FloatArray], numbers: Sequence[IntArray], folds: Sequence[IntArray]
) -> Calibration:
    before = np.concatenate([losses(x, y, 1.0) for x, y in zip(logits, numbers, strict=True)])
    nested = []
    for held in range(len(folds)):
        rest = [i for i in range(len(folds)) if i != held]
        found = temperature(
            np.concatenate([logits[i] for i in rest]), np.concatenate([numbers[i] for i in rest])
        )
        nested.append(losses(logits[held], numbers[held], found))
    after = np.concatenate(nested)
    gain = before - after
    error = float(gain.std(ddof=1)) / math.sqrt(len(gain))
    helped = float(gain.mean()) > error
    return Calibration(
        temperature(np.concatenate(logits), np.concatenate(numbers)) if helped else 1.0,
        helped,
        len(before),
        float(before.mean()),
        float(after.mean()),
        "held-out log-loss fell" if helped else "held-out log-loss did not clearly fall",
    )

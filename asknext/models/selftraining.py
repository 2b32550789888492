"""Self-training: labels that a model gives to texts itself, and what shows whether they help."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.predictions import Prediction
from asknext.models.calibration import losses, temperature
from asknext.models.threads import one_blas_thread

CONFIDENCE = 0.8
AGREEMENT = 0.5
NEIGHBOURS = 15
SHARE = 0.5  # what all pseudo-labels of a class weigh, beside people's labels of that class
BLOCK = 512


@dataclass(frozen=True, slots=True)
class Pseudo:
    """Hold m pseudo-labels: the places (m,) of their texts, the labels, weights (m,) above 0."""

    places: IntArray
    labels: list[str]
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Gain:
    """Say by how much the log-loss fell, in nats, with its standard error over n answers.

    `before` and `after` are the shares of right answers.
    """

    mean: float
    error: float
    before: float
    after: float
    n: int

    @property
    def helped(self) -> bool:
        """Say whether it fell."""
        return self.mean > 0.0


def pseudo_labels(
    prediction: Prediction, texts: FloatArray, people: FloatArray, labels: Sequence[Any]
) -> Pseudo:
    """Choose which of n predictions may be learnt from, and how much each weighs.

    A prediction counts where its probability is above 0.8 and more than half of the 15 nearest
    texts have the same label: people's where they gave one, else what is predicted of them.
    The pseudo-labels of a class weigh half of what people's labels of that class weigh together,
    and none of them more than a person's, so that the classes keep their proportions.

    Args:
        prediction: ``proba`` (n, c) of the texts without a label.
        texts: their unit vectors (n, d).
        people: unit vectors (m, d) of the texts that people labelled.
        labels: what people said (m,), all among ``prediction.classes``.

    Source: Schröder & Heyer 2024, Self-Training for Sample-Efficient Active Learning (HAST),
    section 3. Confidence there is 0.5 and classes are not weighted; on TREC-6 that cost twelve
    points at 20 labels, since the large classes took over.
    """
    proba = prediction.proba
    said, sure = proba.argmax(axis=1), proba.max(axis=1)
    place = {name: i for i, name in enumerate(prediction.classes)}
    votes = np.concatenate([said, [place[label] for label in labels]]).astype(np.int64)
    likely = np.flatnonzero(sure > CONFIDENCE)
    agree = _agreement(likely, texts, people, votes)
    kept = likely[agree > AGREEMENT]
    weights = _weights(said[kept], votes[len(said) :])
    heavy = weights > 0.0
    chosen = [prediction.classes[i] for i in said[kept[heavy]]]
    return Pseudo(kept[heavy], chosen, weights[heavy])


def _agreement(
    rows: IntArray, texts: FloatArray, people: FloatArray, votes: IntArray
) -> FloatArray:
    """Return the share (len(rows),) of each text's neighbours whose vote is the text's own."""
    everybody = np.concatenate([texts, people]).astype(np.float32, copy=False)
    k = min(NEIGHBOURS, len(everybody) - 1)
    found = np.zeros(len(rows), np.float32)
    if k < 1:
        return found
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        with one_blas_thread():
            near = everybody[block] @ everybody.T
        near[np.arange(len(block)), block] = -np.inf
        best = np.argpartition(-near, k - 1, axis=1)[:, :k]
        found[start : start + BLOCK] = (votes[best] == votes[block, None]).mean(axis=1)
    return found


def _weights(said: IntArray, people: IntArray) -> FloatArray:
    """Return a weight (m,) for each pseudo-label; 0 for a class that nobody named."""
    given, named = Counter(said.tolist()), Counter(people.tolist())
    each = {c: min(1.0, SHARE * named[c] / given[c]) for c in given}
    return np.array([each[c] for c in said.tolist()], np.float32)


def gain(plain: FloatArray, taught: FloatArray, numbers: IntArray) -> Gain:
    """Compare log-probabilities (n, c) of two models about answers that neither has learnt.

    `numbers` (n,) are the columns of the true classes, n at least 2. Each side is tempered by
    its own best temperature first: pseudo-labels make a model surer than it should be, which
    calibration mends, and which says nothing of what it has learnt.
    """
    before, after = (losses(side, numbers, temperature(side, numbers)) for side in (plain, taught))
    fell = before - after
    error = float(fell.std(ddof=1)) / math.sqrt(len(fell))
    right, now = (float((side.argmax(axis=1) == numbers).mean()) for side in (plain, taught))
    return Gain(float(fell.mean()), error, right, now, len(fell))

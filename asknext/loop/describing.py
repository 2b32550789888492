"""Describing: arrays about the examples themselves, read from the store when a strategy asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, Rows
from asknext.core.examples import Example, text_example
from asknext.core.protocols import Store
from asknext.core.tasks import Task
from asknext.loop.space import Caches

ENOUGH = 20  # timed answers before lengths are believed to say anything about seconds


def texts_of(store: Store, project: str, ids: Sequence[str]) -> npt.NDArray[np.object_]:
    """Return the texts (n,) of these examples."""
    found = store.examples(project, ids)
    texts = np.empty(len(ids), object)
    texts[:] = [found[example].text for example in ids]
    return texts


def label_examples(task: Task) -> list[Example]:
    """Return the names of the labels as texts, so that they are encoded beside the pool."""
    return [text_example(label) for label in task.form().get("labels", ())]


def label_vectors(task: Task, caches: Caches) -> dict[str, FloatArray]:
    """Supply ``label_embedding`` (classes, columns) where every name has been encoded."""
    rows = caches.vectors.find([example.key for example in label_examples(task)])
    if not len(rows) or bool((rows < 0).any()):
        return {}
    return {"label_embedding": Rows(caches.vectors.table, rows, caches.vectors.sentence_dim)[:]}


def text_lengths(texts: npt.NDArray[np.object_]) -> FloatArray:
    """Return the number of characters of each text (n,), 1 at least."""
    return np.array([max(len(text), 1) for text in texts], float)


def expected_seconds(
    lengths: FloatArray, timed_lengths: FloatArray, timed_seconds: FloatArray
) -> FloatArray:
    """Expect how long an answer to each text (n,) takes, from its length in characters.

    A straight line through the logarithms of what the timed answers (m,) took; where fewer than
    `ENOUGH` have a time, or all are equally long, every answer is expected to take their median,
    1 where there is none.

    Source: Arora, Nyberg and Rosé 2009, who found length the best single feature.

    >>> seconds = np.array([2.0, 4.0, 8.0] * 7)
    >>> expected_seconds(np.array([40.0]), 10 * seconds, seconds).round(2).tolist()
    [4.0]
    """
    if not len(timed_seconds):
        return np.ones(len(lengths))
    if len(timed_seconds) < ENOUGH or np.ptp(timed_lengths) == 0:
        return np.full(len(lengths), float(np.median(timed_seconds)))
    slope, start = np.polyfit(np.log(timed_lengths), np.log(timed_seconds), 1)
    return np.asarray(np.exp(start + slope * np.log(lengths)))

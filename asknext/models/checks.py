"""Check what a model is given, with errors that say what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example


def checked_task(task: Any, kinds: frozenset[str], name: str) -> Any:
    """Return the task; raises Unsupported where the model called `name` cannot learn it."""
    if task.kind not in kinds:
        raise Unsupported(
            f"the model {name!r} cannot learn {task.kind!r}; it learns: {', '.join(sorted(kinds))}"
        )
    return task


def checked_above(**settings: float) -> None:
    """Raise InvalidInput naming the first setting that is not a finite number above 0."""
    for name, value in settings.items():
        if not 0 < value < float("inf"):
            raise InvalidInput(f"{name} must be a number above 0; given: {value}")


def checked_vectors(batch: Batch, labels: Sequence[Any]) -> FloatArray:
    """Return the vectors (n, d) float32, one for each label, all finite."""
    vectors = np.asarray(batch.need_vectors(), dtype=np.float32)
    if len(labels) != len(vectors):
        raise InvalidInput(f"{len(vectors)} vectors came with {len(labels)} labels")
    if not np.isfinite(vectors).all():
        raise InvalidInput("vectors must be finite numbers; encode these examples again")
    return vectors


def checked_weights(weights: FloatArray | None, n: int) -> FloatArray:
    """Return n weights as they came, ones where there are none; none is below 0."""
    if weights is None:
        return np.ones(n)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any():
        raise InvalidInput(f"weights must be {n} finite numbers, none below 0")
    return given


def counted(weights: FloatArray) -> IntArray:
    """Return the rows of a weight above 0; raises InvalidInput where there are none."""
    used = np.flatnonzero(weights > 0)
    if not len(used):
        raise InvalidInput("no labels to learn from; give at least one")
    return used


def usable(
    given: Sequence[Example], labels: Sequence[Any], weights: FloatArray | None
) -> tuple[list[Example], list[Any], FloatArray]:
    """Return the examples of a weight above 0, their labels and weights.

    Raises:
        InvalidInput: counts that differ, weights that are none, nothing left to learn from.
    """
    weighed = checked_weights(weights, len(given))
    if len(labels) != len(given):
        raise InvalidInput(f"{len(given)} examples came with {len(labels)} labels")
    used = counted(weighed)
    return [given[i] for i in used], [labels[i] for i in used], weighed[used]


def numbered(labels: Sequence[Any], allowed: Sequence[str]) -> IntArray:
    """Return the place of each label among those allowed; raises InvalidInput naming others."""
    place = {label: i for i, label in enumerate(allowed)}
    unknown = sorted({str(label) for label in labels if label not in place})
    if unknown:
        raise InvalidInput(
            f"labels that the task does not have: {', '.join(unknown)}; it has: "
            f"{', '.join(allowed)}"
        )
    return np.array([place[label] for label in labels], dtype=np.int64)

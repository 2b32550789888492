"""What the metrics of all tasks share: equal lengths, and the mean score with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.errors import InvalidInput
from asknext.evaluation.intervals import wilson

Scores = npt.NDArray[np.float64]


def paired(predicted: Sequence[Any], actual: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Walk through (predicted, actual); raises InvalidInput where they differ in number.

    >>> list(paired("ab", "cd"))
    [('a', 'c'), ('b', 'd')]
    """
    if len(predicted) != len(actual):
        raise InvalidInput(
            f"predictions and labels differ in number: {len(predicted)} and {len(actual)}"
        )
    return zip(predicted, actual, strict=True)


def headline(metric: str, scores: Scores) -> dict[str, Any]:
    """Return n, the mean score under the metric's name, and its 95 % interval.

    Without examples the mean is null and the interval (0, 1).

    >>> headline("accuracy", np.array([1.0, 1.0]))["accuracy"]
    1.0
    """
    low, high = wilson(float(scores.sum()), len(scores))
    mean = float(scores.mean()) if len(scores) else None
    return {"n": len(scores), metric: mean, "low": low, "high": high}


def ratios(right: int, said: int, there: int) -> dict[str, Any]:
    """Return precision, recall, F1 and support from counts; what would divide by zero is 0.

    >>> ratios(1, 2, 1)
    {'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666, 'support': 1}
    """
    return {
        "precision": right / said if said else 0.0,
        "recall": right / there if there else 0.0,
        "f1": 2 * right / (said + there) if said + there else 0.0,
        "support": there,
    }

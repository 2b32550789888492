"""ALiPy: index strategies over the matrix of candidates and labelled."""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data import Data
from ..jobs import Case, Job

WHO = "ALiPy"


def library() -> Any:
    """Import its strategies, which want a name that Python 3.10 took away."""
    collections.Iterable = collections.abc.Iterable  # type: ignore[attr-defined]
    from alipy import query_strategy

    return query_strategy


def ranked(measure: str) -> Callable[[Data, int, int], Job]:
    """Return a strategy that reads probabilities."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        strategy = library().QueryInstanceUncertainty(measure=measure)
        rows, proba = np.arange(data.n), data.proba.copy()
        return Job(
            lambda: strategy.select_by_prediction_mat(
                unlabel_index=rows, predict=proba, batch_size=k
            )
        )

    return prepare


def _labels(data: Data) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(data.n, np.int64), data.labels])


def k_center(data: Data, k: int, seed: int) -> Job:
    """Return greedy core-set selection."""
    rows = np.arange(data.n + data.m)
    strategy = library().QueryInstanceCoresetGreedy(data.vectors, _labels(data), rows)
    return Job(lambda: strategy.select(rows[data.n :], rows[: data.n], batch_size=k))


def density_weighted(data: Data, k: int, seed: int) -> Job:
    """Return entropy × mean distance."""
    rows, proba = np.arange(data.n + data.m), data.proba
    strategy = library().QueryInstanceDensityWeighted(data.vectors, _labels(data))
    return Job(
        lambda: strategy.select(
            rows[data.n :], rows[: data.n], batch_size=k, proba_prediction=proba
        )
    )


CASES = [
    Case("entropy", WHO, ranked("entropy")),
    Case("margin", WHO, ranked("margin")),
    Case("least_confidence", WHO, ranked("least_confident")),
    Case("k_center", WHO, k_center),
    Case("density_weighted", WHO, density_weighted),
]

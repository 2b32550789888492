"""small-text: query strategies over a dataset of vectors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data import Data, Floats
from ..jobs import Case, Job
from .given import Given

WHO = "small-text"


class Model(Given):
    """Answer as a small-text classifier does: with dropout samples and with embeddings."""

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self.data = data

    def predict_proba(self, rows: Any, dropout_sampling: int = 1) -> Floats:
        """Return the probabilities (rows, classes), or (rows, samples, classes)."""
        if dropout_sampling == 1:
            return super().predict_proba(rows)
        return np.ascontiguousarray(self.data.committee.transpose(1, 0, 2))

    def embed(self, rows: Any, return_proba: bool = False, pbar: Any = None) -> Any:
        """Return the vectors and the probabilities."""
        return self.data.vectors, self.data.all_proba


def _job(data: Data, k: int, strategy: Any, rows: slice | None = None, **more: Any) -> Job:
    """Select with the dataset of candidates and labelled, or of the candidates alone."""
    from small_text.data.datasets import SklearnDataset

    warnings.simplefilter("ignore")
    x = data.vectors if rows is None else data.vectors[rows]
    y = np.concatenate([np.arange(data.n) % len(data.weight), data.labels])[: len(x)]
    dataset = SklearnDataset(x, y, target_labels=np.arange(len(data.weight)))
    free, known = np.arange(data.n), np.arange(data.n, len(x))
    model = Model(data)
    return Job(lambda: strategy.query(model, dataset, free, known, data.labels, n=k, **more))


def ranked(name: str) -> Callable[[Data, int, int], Job]:
    """Return a strategy that reads probabilities, shown the candidates alone."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        import small_text

        return _job(data, k, getattr(small_text, name)(), slice(0, data.n))

    return prepare


def embedded(name: str, **settings: Any) -> Callable[[Data, int, int], Job]:
    """Return a strategy that reads vectors."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        import small_text

        strategy = getattr(small_text, name)(**settings)
        return _job(data, k, strategy, embeddings=data.vectors)

    return prepare


def bald(data: Data, k: int, seed: int) -> Job:
    """Return BALD over the members of the committee."""
    from small_text import BALD

    return _job(data, k, BALD(dropout_samples=len(data.committee)), slice(0, data.n))


def badge(data: Data, k: int, seed: int) -> Job:
    """Return BADGE; its gradients are those of 1.4.1."""
    from small_text.integrations.pytorch.query_strategies.strategies import BADGE

    return _job(data, k, BADGE(len(data.weight)), embeddings=data.vectors)


def dal(data: Data, k: int, seed: int) -> Job:
    """Return the discriminative strategy with logistic regression in ten steps."""
    from sklearn.linear_model import LogisticRegression
    from small_text import DiscriminativeActiveLearning
    from small_text.classifiers.factories import SklearnClassifierFactory

    factory = SklearnClassifierFactory(LogisticRegression(), 2)
    return _job(data, k, DiscriminativeActiveLearning(factory, min(10, k), pbar=None))


CASES = [
    Case("entropy", WHO, ranked("PredictionEntropy")),
    Case("margin", WHO, ranked("BreakingTies")),
    Case("least_confidence", WHO, ranked("LeastConfidence")),
    Case("k_center", WHO, embedded("GreedyCoreset", normalize=False)),
    Case("badge", WHO, badge),
    Case("k_means", WHO, embedded("EmbeddingKMeans", normalize=False)),
    Case("bald", WHO, bald),
    Case("cal", f"{WHO}, whole pool", embedded("ContrastiveActiveLearning", normalize=False)),
    Case("dal", f"{WHO}, 10 fits", dal),
]

"""scikit-activeml: pool strategies; X holds the candidates and then the labelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data import Data
from ..jobs import Case, Job
from .given import by_length

WHO = "scikit-activeml"
FITTED = 4  # candidates that expected error reduction is timed on, to be scaled


def _model(data: Data) -> Any:
    """Return a classifier of theirs that answers with given probabilities."""
    from skactiveml.base import SkactivemlClassifier

    class Model(SkactivemlClassifier):  # type: ignore[misc, unused-ignore]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

        def predict_proba(self, X: Any) -> Any:
            return tables[len(X)].copy()

        def members(self, X: Any) -> Any:
            return data.committee

    tables = by_length(data)
    model = Model(classes=list(range(len(data.weight))))
    model.classes_ = np.arange(len(data.weight))
    return model


def _labels(data: Data) -> Any:
    return np.concatenate([np.full(data.n, np.nan), data.labels])


def vectors_only(name: str, **settings: Any) -> Callable[[Data, int, int], Job]:
    """Return a strategy that reads vectors and which rows are labelled."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from skactiveml import pool

        strategy = getattr(pool, name)(random_state=seed, **settings)
        x, y = data.vectors, _labels(data)
        return Job(lambda: strategy.query(x, y, batch_size=k))

    return prepare


def with_model(name: str, model: str = "clf", **settings: Any) -> Callable[[Data, int, int], Job]:
    """Return a strategy that asks a classifier, which answers at once."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from skactiveml import pool

        strategy = getattr(pool, name)(random_state=seed, **settings)
        x, y = data.vectors, _labels(data)
        more = {model: _model(data), f"fit_{model}": False}
        return Job(lambda: strategy.query(x, y, batch_size=k, **more))

    return prepare


def committee(name: str, **settings: Any) -> Callable[[Data, int, int], Job]:
    """Return a strategy that asks the committee."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        data.committee.sum()  # loads it
        made = with_model(name, "ensemble", sample_predictions_method_name="members", **settings)
        return made(data, k, seed)

    return prepare


def dal(data: Data, k: int, seed: int) -> Job:
    """Return the discriminative strategy with one fit of logistic regression."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import DiscriminativeAL
    from sklearn.linear_model import LogisticRegression

    strategy = DiscriminativeAL(greedy_selection=True, random_state=seed)
    discriminator = SklearnClassifier(LogisticRegression(), classes=[0, 1])
    x, y = data.vectors, _labels(data)
    return Job(lambda: strategy.query(x, y, discriminator=discriminator, batch_size=k))


def error_reduction(data: Data, k: int, seed: int) -> Job:
    """Return Monte-Carlo expected error reduction by refits, for four candidates."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import MonteCarloEER
    from sklearn.linear_model import LogisticRegression

    model = SklearnClassifier(LogisticRegression(), classes=list(range(len(data.weight))))
    strategy = MonteCarloEER(random_state=seed)
    x, y, rows = data.vectors, _labels(data), np.arange(FITTED)
    more = {"clf": model, "candidates": rows, "X_eval": data.references}
    return Job(lambda: strategy.query(x, y, batch_size=1, **more), data.n / FITTED)


CASES = [
    Case("entropy", WHO, with_model("UncertaintySampling", method="entropy")),
    Case("margin", WHO, with_model("UncertaintySampling", method="margin_sampling")),
    Case("least_confidence", WHO, with_model("UncertaintySampling", method="least_confident")),
    Case("k_center", WHO, vectors_only("CoreSet")),
    Case("badge", WHO, with_model("Badge")),
    Case("clue", WHO, with_model("Clue", "estimator")),
    Case("bald", WHO, committee("GreedyBALD")),
    Case("batch_bald", WHO, committee("BatchBALD")),
    Case("max_herding", WHO, vectors_only("MaxHerding")),
    Case("typiclust", WHO, vectors_only("TypiClust")),
    Case("prob_cover", WHO, vectors_only("ProbCover", n_classes=10)),
    Case("cal", WHO, with_model("ContrastiveAL", nearest_neighbors_dict={"n_neighbors": 10})),
    Case("dal", f"{WHO}, one fit", dal),
    Case("vote_entropy", WHO, committee("QueryByCommittee", method="vote_entropy")),
    Case("consensus_kl", WHO, committee("QueryByCommittee", method="KL_divergence")),
    Case("falcun", WHO, with_model("Falcun")),
    Case("expected_error_reduction", f"{WHO}, refits", error_reduction),
]

"""modAL: functions over a learner or a committee."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..data import Data
from ..jobs import Case, Job
from .given import Given

WHO = "modAL"
FITTED = 4  # candidates that expected error reduction is timed on, to be scaled


def ranked(name: str) -> Callable[[Data, int, int], Job]:
    """Return a strategy that reads probabilities."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from modAL import uncertainty

        function, model, x = getattr(uncertainty, name), Given(data), data.candidates
        return Job(lambda: function(model, x, n_instances=k)[0])

    return prepare


class Members:
    """Be a committee whose members answer with given probabilities."""

    def __init__(self, data: Data) -> None:
        self.proba = np.ascontiguousarray(data.committee.transpose(1, 0, 2))
        self.classes_ = np.arange(len(data.weight))

    def __len__(self) -> int:
        return int(self.proba.shape[1])

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self)))

    def vote(self, rows: Any) -> Any:
        """Return the class (n, members) that each member votes for."""
        return self.proba.argmax(axis=2)

    def vote_proba(self, rows: Any) -> Any:
        """Return the probabilities (n, members, classes)."""
        return self.proba

    def predict_proba(self, rows: Any) -> Any:
        """Return the mean probabilities (n, classes)."""
        return self.proba.mean(axis=1)


def committee(name: str) -> Callable[[Data, int, int], Job]:
    """Return a strategy that asks the committee."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from modAL import disagreement

        function, members, x = getattr(disagreement, name), Members(data), data.candidates
        return Job(lambda: function(members, x, n_instances=k)[0])

    return prepare


def information_density(data: Data, k: int, seed: int) -> Job:
    """Return entropy × density, as in its documentation."""
    from modAL.density import information_density
    from modAL.uncertainty import classifier_entropy
    from modAL.utils.selection import multi_argmax

    model, x = Given(data), data.candidates

    def run() -> Any:
        density = information_density(x, "euclidean")
        return multi_argmax(classifier_entropy(model, x) * density, n_instances=k)[0]

    return Job(run)


def error_reduction(data: Data, k: int, seed: int) -> Job:
    """Return expected error reduction by refits, for four candidates.

    It measures on the other candidates; with three of them that part is left out, in its favour.
    """
    if not hasattr(np, "float"):
        np.float = float  # type: ignore[attr-defined]
    from modAL.expected_error import expected_error_reduction
    from modAL.models import ActiveLearner
    from sklearn.linear_model import LogisticRegression

    learner = ActiveLearner(LogisticRegression(), X_training=data.known, y_training=data.labels)
    x = data.candidates[:FITTED]
    return Job(lambda: expected_error_reduction(learner, x)[0], data.n / FITTED)


CASES = [
    Case("entropy", WHO, ranked("entropy_sampling")),
    Case("margin", WHO, ranked("margin_sampling")),
    Case("least_confidence", WHO, ranked("uncertainty_sampling")),
    Case("information_density", WHO, information_density),
    Case("vote_entropy", WHO, committee("vote_entropy_sampling")),
    Case("consensus_entropy", WHO, committee("consensus_entropy_sampling")),
    Case("consensus_kl", f"{WHO}, largest", committee("max_disagreement_sampling")),
    Case("expected_error_reduction", f"{WHO}, refits", error_reduction),
]

"""small-text: query strategies, told rows of a table in place of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.view import View
from benchmarks.labels.peers.peer import COLD, VECTORS, Peer, together


class Told:
    """Answer as a small-text classifier does, with the vectors and probabilities of the loop."""

    def __init__(self, view: View) -> None:
        self._view = view

    def predict_proba(self, rows: Any) -> Any:
        """Return the probabilities (rows, classes)."""
        return together(self._view, "proba")[_numbers(rows)]

    def embed(self, rows: Any, return_proba: bool = False, pbar: Any = None) -> Any:
        """Return the vectors, with the probabilities where they are wanted."""
        vectors = together(self._view, "embedding")[_numbers(rows)]
        return (vectors, self.predict_proba(rows)) if return_proba else vectors


def _numbers(rows: Any) -> Any:
    return rows.x[:, 0].astype(int)


class SmallText(Peer):
    """Ask a strategy of small-text; `made` makes it."""

    def made(self, view: View) -> Any:
        """Return their strategy."""
        raise AssertionError("every strategy says how it is made")

    def rows(self, view: View, k: int, seed: int) -> Any:
        """Return what their query returns."""
        from small_text.data.datasets import SklearnDataset

        n, m = len(view), len(view.labelled)
        numbers = {label: i for i, label in enumerate(sorted(set(map(str, view.labels))))}
        known = np.array([numbers[str(label)] for label in view.labels], int)
        targets = np.arange(max(len(numbers), 1))
        given = np.concatenate([np.zeros(n, int), known])
        dataset = SklearnDataset(np.arange(n + m)[:, None], given, target_labels=targets)
        more = {} if "proba" in self.needs else {"embeddings": together(view, "embedding")}
        free, rest = np.arange(n), np.arange(n, n + m)
        return self.made(view).query(Told(view), dataset, free, rest, known, n=k, **more)


class BreakingTies(SmallText):
    """Smallest margin."""

    name = "small_text:breaking_ties"

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import BreakingTies

        return BreakingTies()


class LeastConfidence(SmallText):
    """Smallest top probability."""

    name = "small_text:least_confidence"

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import LeastConfidence

        return LeastConfidence()


class PredictionEntropy(SmallText):
    """Highest entropy."""

    name = "small_text:prediction_entropy"

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import PredictionEntropy

        return PredictionEntropy()


class Badge(SmallText):
    """BADGE."""

    name = "small_text:badge"

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text.integrations.pytorch.query_strategies.strategies import BADGE

        return BADGE(view.proba.shape[1])


class Contrastive(SmallText):
    """Contrastive active learning."""

    name = "small_text:contrastive"

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import ContrastiveActiveLearning

        return ContrastiveActiveLearning(pbar=None)


class GreedyCoreset(SmallText):
    """Greedy core-set."""

    name = "small_text:greedy_coreset"
    needs = VECTORS

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import GreedyCoreset

        return GreedyCoreset()


class LightweightCoreset(SmallText):
    """Lightweight core-set."""

    name = "small_text:lightweight_coreset"
    needs = COLD

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import LightweightCoreset

        return LightweightCoreset()


class EmbeddingKMeans(SmallText):
    """The candidates nearest to the centres of k-means."""

    name = "small_text:embedding_k_means"
    needs = COLD

    def made(self, view: View) -> Any:
        """Return their strategy."""
        from small_text import EmbeddingKMeans

        return EmbeddingKMeans()

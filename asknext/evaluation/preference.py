"""Metrics of preferences between two texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.tasks import Preference
from asknext.core.tasks.preference import CHOICES, FIRST, SECOND
from asknext.evaluation.scoring import Scores, headline, paired

_DECIDED = (FIRST, SECOND)


class PreferenceMetrics:
    """Say how often the better one of two texts is found; where neither is better, 0.5 counts.

    >>> metrics = PreferenceMetrics(Preference())
    >>> metrics.scores(["a", "a", "b", "tie"], ["a", "b", "tie", "b"]).tolist()
    [1.0, 0.0, 0.5, 0.5]
    """

    metric: ClassVar[str] = "accuracy"

    def __init__(self, task: Preference) -> None:
        self._kind = task.kind

    def scores(self, predicted: Sequence[str], actual: Sequence[str]) -> Scores:
        """Return 1 where right, 0 where wrong, 0.5 where one side names no winner (n,)."""
        found = [
            float(ours == theirs) if ours in _DECIDED and theirs in _DECIDED else 0.5
            for ours, theirs in paired(predicted, actual)
        ]
        return np.array(found, dtype=np.float64)

    def summary(self, predicted: Sequence[str], actual: Sequence[str]) -> dict[str, Any]:
        """Return the accuracy with its interval, that on pairs with a winner, and counts.

        ``decided`` counts the pairs with a winner, ``decided_accuracy`` is null without any.
        ``said`` and ``there`` count the answers a, b, tie and bad on each side: a model that
        always says "a" shows there.
        """
        scores = self.scores(predicted, actual)
        decided = np.array([theirs in _DECIDED for theirs in actual], dtype=np.bool_)
        said, there = Counter(predicted), Counter(actual)
        return {
            **headline(self.metric, scores),
            "decided": int(decided.sum()),
            "decided_accuracy": float(scores[decided].mean()) if decided.any() else None,
            "said": {name: said[name] for name in CHOICES},
            "there": {name: there[name] for name in CHOICES},
        }

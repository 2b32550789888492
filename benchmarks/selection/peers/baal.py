"""Baal: heuristics over samples (n, classes, members); they rank every candidate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..data import Data
from ..jobs import Case, Job

WHO = "baal"


def ranked(name: str, array: str, **settings: Any) -> Callable[[Data, int, int], Job]:
    """Return a heuristic over the committee, or over one set of probabilities."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from baal.active import heuristics

        samples = data.committee if array == "committee" else data.proba[None]
        given = np.ascontiguousarray(samples.transpose(1, 2, 0))
        heuristic = getattr(heuristics, name)(**settings)
        return Job(lambda: heuristic(given)[:k])

    return prepare


def batch_bald(data: Data, k: int, seed: int) -> Job:
    """Return BatchBALD with its 500 draws."""
    return ranked("BatchBALD", "committee", num_samples=k)(data, k, seed)


CASES = [
    Case("entropy", WHO, ranked("Entropy", "proba")),
    Case("margin", WHO, ranked("Margin", "proba")),
    Case("least_confidence", WHO, ranked("Certainty", "proba")),
    Case("bald", WHO, ranked("BALD", "committee")),
    Case("batch_bald", WHO, batch_bald),
]

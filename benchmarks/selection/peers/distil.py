"""DISTIL: strategies of deep models; what the network would say is given."""

from __future__ import annotations

from ..data import Data
from ..jobs import Case, Job

WHO = "DISTIL"


def k_center(data: Data, k: int, seed: int) -> Job:
    """Return core-set selection."""
    from distil.active_learning_strategies.core_set import CoreSet

    strategy = CoreSet.__new__(CoreSet)
    candidates, known = data.candidates, data.known
    return Job(lambda: strategy.furthest_first(candidates, known, k))


def badge(data: Data, k: int, seed: int) -> Job:
    """Return BADGE: its gradients, built as it builds them, and its k-means++."""
    import torch
    from distil.active_learning_strategies.badge import init_centers

    proba, vectors = torch.from_numpy(data.proba), torch.from_numpy(data.candidates)
    classes, columns = proba.shape[1], vectors.shape[1]

    def run() -> list[int]:
        outputs = torch.zeros_like(proba)
        outputs.scatter_(1, proba.argmax(1).view(-1, 1), 1)
        wide = torch.repeat_interleave(proba - outputs, columns, dim=1)
        found: list[int] = init_centers((wide * vectors.repeat(1, classes)).numpy(), k, "cpu")
        return found

    return Job(run)


CASES = [Case("k_center", WHO, k_center), Case("badge", WHO, badge)]

"""FAISS: its k-means, and the candidate nearest to each centre."""

from __future__ import annotations

from typing import Any

from ..data import Data
from ..jobs import Case, Job

ROUNDS = 20


def k_means(data: Data, k: int, seed: int) -> Job:
    """Return k-means over all candidates, none left out."""
    import faiss

    candidates = data.candidates

    def run() -> Any:
        found = faiss.Kmeans(
            candidates.shape[1], k, niter=ROUNDS, seed=seed,
            max_points_per_centroid=len(candidates),
        )  # fmt: skip
        found.train(candidates)
        index = faiss.IndexFlatL2(candidates.shape[1])
        index.add(candidates)
        return index.search(found.centroids, 1)[1][:, 0]

    return Job(run)


CASES = [Case("k_means", f"FAISS, {ROUNDS} rounds", k_means)]

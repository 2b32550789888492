"""Cover: pick what makes every point resemble one of the picks (facility location, herding)."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.coverage import Coverage
from asknext.strategies.kernels.pairs import Similarity
from asknext.strategies.kernels.reading import UnitVectors

EXACT = 10_000  # candidates that are covered, and may be picked, without sampling


def cover(
    table: UnitVectors,
    known: FloatArray,
    k: int,
    rng: np.random.Generator,
    similarity: Similarity,
    *,
    weights: FloatArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """Pick k rows greedily so that Σ w · max over picked and known (similarity) grows most.

    Returns the rows (k,) and the share (k,) of the whole weight that each gained. Up to `EXACT`
    rows this is greedy over all. Of a larger table a random sample of `EXACT` rows is covered,
    and picked from, up to half of it; then comes a sample of the rest, and so on. Memory holds
    the vectors of one sample, and a byte for each pair in it: 100 MB.
    """
    heavy = np.ones(len(table)) if weights is None else np.asarray(weights, np.float64)
    rows, gains = np.empty(0, np.int64), np.empty(0)
    rest = np.arange(len(table))
    while len(rows) < min(k, len(table)):
        sample = rest
        if len(rest) > EXACT:
            sample = np.sort(rng.choice(rest, EXACT, replace=False))
        size = min(k - len(rows), len(sample) if len(sample) == len(rest) else EXACT // 2)
        coverage = Coverage(table.rows(sample), known, heavy[sample], similarity)
        found, gained = coverage.pick(size, rng)
        rows = np.concatenate([rows, sample[found]])
        gains = np.concatenate([gains, gained])
        known = np.concatenate([known, table.rows(sample[found])])
        rest = np.setdiff1d(rest, sample[found], assume_unique=True)
    return rows, gains

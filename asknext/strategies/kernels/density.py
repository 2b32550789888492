"""Density: how many others are near each candidate, by a Gaussian kernel on a sample."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray
from asknext.strategies.kernels.reading import Vectors, squared_lengths, tiles

SAMPLE = 2_000  # candidates that stand for all in an estimate of density
NEIGHBOUR = 20  # the bandwidth is the usual distance to the 20th nearest of the sample


def kernel_density(
    table: Vectors, rng: np.random.Generator, *, bandwidth: float | None = None
) -> FloatArray:
    """Return ln p(x) (n,) up to a constant: the mean over others of exp(−d² / 2 bandwidth²).

    The others are all candidates, or a random sample of 2,000 of a larger table; a candidate
    never counts itself. Without a bandwidth, it is the median over the sample of the distance to
    the 20th nearest. Far from all others it is kept above ln 1e-300.
    """
    size = min(SAMPLE, len(table))
    sample = np.sort(rng.choice(len(table), size, replace=False))
    others = table.rows(sample)
    squares = squared_lengths(others)
    width = _usual_gap(others) if bandwidth is None else bandwidth
    place = np.full(len(table), -1)
    place[sample] = np.arange(size)
    found = np.empty(len(table))
    for block in table.blocks():
        for part in tiles(len(block.vectors), size):
            apart = block.vectors[part] @ others.T
            apart *= -2.0
            apart += block.squares[part][:, None]
            apart += squares
            np.maximum(apart, 0.0, out=apart)
            own = place[block.part][part]
            apart[np.flatnonzero(own >= 0), own[own >= 0]] = np.inf
            found[block.part][part] = _log_sums(apart / (2.0 * width**2))
    alone = (place >= 0).astype(np.int64)
    return np.asarray(found - np.log(np.maximum(size - alone, 1)))


def _log_sums(scaled: FloatArray) -> FloatArray:
    """Return ln Σ exp(−scaled) over each row, in steps that neither overflow nor vanish."""
    least = scaled.min(axis=1, keepdims=True)
    least[~np.isfinite(least)] = 0.0
    sums = np.exp(least - scaled).sum(axis=1, dtype=np.float64)
    return np.asarray(np.log(np.maximum(sums, 1e-300)) - least[:, 0])


def _usual_gap(points: FloatArray) -> float:
    """Return the median distance to the 20th nearest; 1 where all points are the same."""
    near = min(NEIGHBOUR, len(points) - 1)
    gaps = np.zeros(len(points))
    squares = squared_lengths(points)
    for part in tiles(len(points), len(points)) if near > 0 else ():
        apart = squares[part][:, None] + squares - 2.0 * (points[part] @ points.T)
        gaps[part] = np.partition(apart, near, axis=1)[:, near]
    usual = float(np.sqrt(max(np.median(gaps), 0.0)))
    return usual if usual > 1e-3 else 1.0

"""Clusters: a k-means for unit vectors in float32, and batches that grow evenly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from asknext.core.batch import BLOCK, FloatArray, IntArray

SEEDING, SEEDS_EACH = 1024, 4  # first centres are drawn among max(1024, 4 k) points
SETTLED = 0.005  # share of the points that may still move
STEPS = (20, 50, 100)


def waves(k: int) -> Iterator[int]:
    """Yield totals 20, 50, 100, 200, 400 … until one reaches k.

    A batch that is built wave by wave starts with the very picks of a smaller batch, so it may
    be cut anywhere.

    >>> list(waves(1)), list(waves(150))
    ([20], [20, 50, 100, 200])
    """
    total = 0
    for total in STEPS:
        yield total
        if total >= k:
            return
    while total < k:
        total *= 2
        yield total


def squared_distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    """Return squared Euclidean distances (n, k), never negative."""
    own = np.einsum("ij,ij->i", points, points)[:, None]
    other = np.einsum("ij,ij->i", centres, centres)[None, :]
    found = points @ centres.T
    found *= -2.0
    found += own
    found += other
    return np.asarray(np.maximum(found, 0.0, out=found))


def nearest(points: FloatArray, centres: FloatArray) -> IntArray:
    """Return the nearest centre (n,) of each point."""
    where = np.empty(len(points), np.int64)
    half = 0.5 * np.einsum("ij,ij->i", centres, centres)
    for start in range(0, len(points), BLOCK):
        part = slice(start, start + BLOCK)
        where[part] = (points[part] @ centres.T - half).argmax(axis=1)
    return where


def spread(points: FloatArray, k: int, rng: np.random.Generator, weights: FloatArray) -> FloatArray:
    """Return k of the points as centres, each drawn by weight × squared distance to the others.

    Source: Arthur and Vassilvitskii 2007 (k-means++), on a random part of many points.
    """
    chosen = rng.permutation(len(points))[: max(SEEDING, SEEDS_EACH * k)]
    # One large product is many times faster than k small ones, most of all on a busy machine.
    apart = squared_distances(points[chosen], points[chosen])
    gap = np.ones(len(chosen))
    rows = np.empty(k, np.int64)
    for i in range(k):
        rows[i] = _draw(gap * weights[chosen], rng)
        gap = np.minimum(gap, apart[rows[i]]) if i else apart[rows[i]]
    return points[chosen[rows]]


def _draw(chances: FloatArray, rng: np.random.Generator) -> int:
    sums = np.cumsum(chances, dtype=np.float64)
    if not sums[-1] > 0:
        return int(rng.integers(len(chances)))
    return int(min(np.searchsorted(sums, rng.random() * sums[-1], "right"), len(sums) - 1))


def kmeans(
    points: FloatArray,
    k: int,
    rng: np.random.Generator,
    *,
    weights: FloatArray | None = None,
    rounds: int = 10,
) -> tuple[IntArray, FloatArray]:
    """Cluster points (n, d) by Lloyd's method; return the cluster (n,) of each, and the centres.

    `weights` (n,) pull the centres. It ends when few points move any more. An empty cluster keeps
    its centre, so with many equal points fewer than k clusters have members.
    """
    heavy = np.ones(len(points), points.dtype) if weights is None else weights
    centres = spread(points, k, rng, heavy)
    found = nearest(points, centres)
    for _ in range(rounds):
        centres = _means(points, found, heavy, centres)
        before, found = found, nearest(points, centres)
        if np.count_nonzero(before != found) <= SETTLED * len(found):
            break
    return found, centres


def _means(
    points: FloatArray, found: IntArray, weights: FloatArray, centres: FloatArray
) -> FloatArray:
    shape = (len(centres), len(points))
    members = csr_array((weights, (found, np.arange(len(points)))), shape=shape)
    total = np.bincount(found, weights, len(centres)).astype(points.dtype)
    means = (members @ points) / np.where(total > 0, total, 1)[:, None]
    return np.where((total > 0)[:, None], means, centres)

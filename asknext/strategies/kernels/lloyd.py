"""Lloyd: k-means over a table of any size."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.reading import Vectors, squared_lengths, tile_height, tiles
from asknext.strategies.kernels.seeding import draw_spread

TRAINING, TRAINING_EACH = 20_000, 100  # rows that the centres are fitted to: at least; for each
STARTING, STARTING_EACH = 1024, 4  # points that the first centres are drawn among: likewise
ROUNDS = 10
SETTLED = 0.005  # share of the rows that may still move


def cluster(
    table: Vectors, k: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the cluster (n,) of each row, its squared distance to the centre, and the centres.

    The k centres are fitted by Lloyd's method to a random sample of max(20,000, 100 k) rows, or
    to all of a smaller table, from k-means++ starts.
    """
    size = min(len(table), max(TRAINING, TRAINING_EACH * k))
    sample = np.sort(rng.choice(len(table), size, replace=False))
    points = table.rows(sample)
    starts = draw_spread([Vectors(points)], k, rng).rows
    centres = _fitted(points, points[starts], np.ones(size, np.float32))[1]
    where, gaps = np.empty(len(table), np.int64), np.empty(len(table))
    for block in table.blocks():
        where[block.part], gaps[block.part] = nearest_centre(block.vectors, block.squares, centres)
    return where, gaps, centres


def cluster_points(
    points: FloatArray, k: int, rng: np.random.Generator, *, weights: FloatArray | None = None
) -> tuple[IntArray, FloatArray]:
    """Return the cluster (n,) of each point (n, d), and the centres (k, d), for small tables.

    `weights` (n,) pull the centres. With many equal points fewer than k clusters have members.
    """
    heavy = np.ones(len(points), np.float32) if weights is None else weights
    starts = points[spread(points, k, rng, weights=heavy)]
    return _fitted(points, starts, heavy)


def spread(
    points: FloatArray, k: int, rng: np.random.Generator, *, weights: FloatArray | None = None
) -> IntArray:
    """Return k rows to start from: k-means++ draws among a random part of many points."""
    chosen = rng.permutation(len(points))[: max(STARTING, STARTING_EACH * k)]
    heavy = None if weights is None else weights[chosen]
    return np.asarray(chosen[draw_spread([Vectors(points[chosen])], k, rng, weights=heavy).rows])


def _fitted(
    points: FloatArray, centres: FloatArray, weights: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Move the centres until few points change theirs, at most ten times; an empty one stays."""
    squares = squared_lengths(points)
    found = nearest_centre(points, squares, centres)[0]
    for _ in range(ROUNDS):
        centres = _means(points, found, weights, centres)
        before, found = found, nearest_centre(points, squares, centres)[0]
        if np.count_nonzero(before != found) <= SETTLED * len(points):
            break
    return found, centres


def nearest_centre(
    points: FloatArray, squares: FloatArray, centres: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the nearest centre (b,) of each point, the first of equals, and its distance²."""
    where, best = np.empty(len(points), np.int64), np.empty(len(points), np.float32)
    half = squared_lengths(centres) / 2
    room = np.empty((tile_height(len(centres), len(points)), len(centres)), np.float32)
    for part in tiles(len(points), len(centres)):
        products = np.matmul(points[part], centres.T, out=room[: len(points[part])])
        products -= half
        where[part] = products.argmax(axis=1)
        best[part] = np.take_along_axis(products, where[part, None], axis=1)[:, 0]
    return where, np.maximum(squares - 2.0 * best, 0.0)


def _means(
    points: FloatArray, found: IntArray, weights: FloatArray, centres: FloatArray
) -> FloatArray:
    shape = (len(centres), len(points))
    members = csr_array((weights, (found, np.arange(len(points)))), shape=shape)
    total = np.bincount(found, weights, len(centres)).astype(points.dtype)[:, None]
    return np.where(total > 0, (members @ points) / np.where(total > 0, total, 1), centres)

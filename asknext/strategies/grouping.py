"""Grouping: one candidate of each cluster, in batches of which any part is a batch too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.seeds import generator
from asknext.strategies.kernels.lloyd import cluster_points

STEPS = (20, 50, 100)
CLUSTERS = 500  # most clusters of one batch; a larger batch takes more than one from each


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


def places(group: IntArray, *keys: FloatArray) -> IntArray:
    """Return the place (n,) of each in its group, 0 for the smallest; later keys break ties.

    >>> places(np.array([0, 1, 0]), np.array([0.5, 0.1, 0.2])).tolist()
    [1, 0, 0]
    """
    order = np.lexsort((*keys[::-1], group))
    ordered = group[order]
    found = np.empty(len(group), np.int64)
    found[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered)
    return found


def by_group(
    points: FloatArray,
    k: int,
    rng: np.random.Generator,
    *,
    worth: FloatArray | None = None,
    pull: float = 0.0,
    known: FloatArray | None = None,
    reach: Callable[[int], int] | None = None,
) -> IntArray:
    """Return k of the points (n, d), spread over their clusters, the best of each cluster first.

    The best has the largest `worth` (n,) less `pull` × its squared distance to the centre; without
    `worth` it is the nearest to the centre. Clusters are made
    anew for 20, 50, 100, 200 … picks. Those that hold points of `known` (m, d), or picks
    already, have their turn after the others; among equals the larger cluster goes first.
    `reach` says how many points, from the first, are looked at for so many picks.
    """
    seed = int(rng.integers(2**63))
    others = np.empty((0, points.shape[1]), points.dtype) if known is None else known
    taken = np.empty(0, np.int64)
    for total in waves(k):
        near = points if reach is None else points[: max(total, reach(total))]
        everything = np.concatenate([near, others])
        clusters = min(total + len(others), CLUSTERS, len(everything))
        drawn = generator(seed, total)
        found, centres = cluster_points(everything, clusters, drawn)
        gaps = np.square(near - centres[found[: len(near)]]).sum(axis=1)
        best = -gaps if worth is None else worth[: len(near)] - pull * gaps
        taken = _grown(best, found, len(centres), taken, min(total, len(near)), drawn)
    return taken[:k]


def _grown(
    best: FloatArray,
    found: IntArray,
    clusters: int,
    taken: IntArray,
    total: int,
    rng: np.random.Generator,
) -> IntArray:
    """Add to `taken` up to `total`: by how many its cluster has, then by the cluster's size."""
    own, others = found[: len(best)], found[len(best) :]
    sizes = np.bincount(found, minlength=clusters)
    asked = np.bincount(others, minlength=clusters)
    last = -np.asarray(best, np.float64)
    last[taken] = -np.inf  # first in their cluster
    luck = rng.permutation(len(best))
    depth = np.empty(len(best), np.int64)
    depth[luck] = places(own[luck], last[luck])
    turn = depth + asked[own]
    free = np.setdiff1d(luck, taken)
    order = np.lexsort((luck[free], -sizes[own[free]], turn[free]))
    return np.concatenate([taken, free[order][: total - len(taken)]])

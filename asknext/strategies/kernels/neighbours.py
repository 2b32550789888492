"""Neighbours: the nearest rows of a table, exactly and block by block."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.reading import Vectors, squared_lengths, tiles


def nearest_rows(
    table: Vectors, points: FloatArray, k: int, *, skip: IntArray | None = None
) -> tuple[FloatArray, IntArray]:
    """Return the squared distances and rows (p, min(k, n)) of the nearest of each point, sorted.

    `skip` (p,) is a row for each point that does not count: itself, or −1. Of equally near rows
    the first count. What it costs is p × n × d; memory holds one tile and p × k results.

    >>> line = Vectors(np.array([[0.0], [1.0], [5.0]]))
    >>> gaps, rows = nearest_rows(line, np.array([[4.0]], np.float32), 2)
    >>> rows.tolist(), gaps.tolist()
    ([[2, 1]], [[1.0, 9.0]])
    """
    k = min(k, len(table))
    best = np.full((len(points), k), np.inf, np.float32)
    rows = np.full((len(points), k), -1, np.int64)
    own = squared_lengths(points)
    for block in table.blocks():
        for part in tiles(len(points), len(block.vectors)):
            apart = points[part] @ block.vectors.T
            apart *= -2.0
            apart += own[part, None]
            apart += block.squares
            np.maximum(apart, 0.0, out=apart)
            if skip is not None:
                _forget(apart, skip[part] - block.part.start)
            best[part], rows[part] = _merge(best[part], rows[part], apart, block.part.start)
    return best, rows


def _forget(apart: FloatArray, places: IntArray) -> None:
    here = np.flatnonzero((places >= 0) & (places < apart.shape[1]))
    apart[here, places[here]] = np.inf


def _merge(
    best: FloatArray, rows: IntArray, apart: FloatArray, start: int
) -> tuple[FloatArray, IntArray]:
    """Return the k smallest of what was best and what is new, sorted."""
    k = best.shape[1]
    if apart.shape[1] > k:
        # All that may tie with the k-th stay, so that it is the first rows that count.
        kth = np.partition(apart, k - 1, axis=1)[:, k - 1 : k]
        close = apart <= kth
        if close.sum(axis=1).max(initial=0) == k:
            where = np.nonzero(close)[1].reshape(-1, k)
            apart, found = np.take_along_axis(apart, where, axis=1), where + start
        else:
            where = np.argsort(apart, axis=1, kind="stable")[:, :k]
            apart, found = np.take_along_axis(apart, where, axis=1), where + start
    else:
        found = np.broadcast_to(np.arange(apart.shape[1]) + start, apart.shape)
    both, places = np.concatenate([best, apart], axis=1), np.concatenate([rows, found], axis=1)
    order = np.argsort(both, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(both, order, axis=1), np.take_along_axis(places, order, axis=1)

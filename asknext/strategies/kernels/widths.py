"""Widths: distances that say how far a kernel should reach."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.reading import squared_lengths, tiles

SAME = 1e-6  # squared distance below which two vectors of unit length are one


def closest_pair(points: FloatArray) -> float | None:
    """Return the smallest distance between two of the points (m, d) that are not the same.

    None where all are the same, or there are fewer than two. Points count as the same below a
    distance of 0.001.

    >>> closest_pair(np.array([[0.0], [0.0], [3.0], [5.0]], np.float32))
    2.0
    """
    squares, best = squared_lengths(points), np.inf
    for part in tiles(len(points), len(points)):
        apart = squares[part][:, None] + squares - 2.0 * (points[part] @ points.T)
        apart[apart <= SAME * np.maximum(squares, 1.0)] = np.inf
        row, other = np.unravel_index(apart.argmin(), apart.shape)
        if apart[row, other] < np.inf:
            exact = np.square(points[part][row].astype(np.float64) - points[other]).sum()
            best = min(best, float(exact))
    return float(np.sqrt(best)) if best < np.inf else None


def gaps_to_others(points: FloatArray, group: IntArray) -> FloatArray:
    """Return the distance (m,) of each point to the nearest of another group; ∞ without one."""
    squares, found = squared_lengths(points), np.empty(len(points))
    for part in tiles(len(points), len(points)):
        apart = squares[part][:, None] + squares - 2.0 * (points[part] @ points.T)
        apart[group[part][:, None] == group] = np.inf
        found[part] = np.sqrt(np.maximum(apart.min(axis=1), 0.0))
    return found

"""Coverage: Σ w · max similarity to the picks, made larger by one exact greedy pick at a time."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.pairs import Pairs, Similarity, rounded_down
from asknext.strategies.kernels.reading import tiles

PROBES, MOST_PROBES = 2, 64  # gains that are computed together
OFF, LEAST = 2e-6, 1e-9  # shares of a gain and of the whole weight that float32 may be off
SAME = 1e-12  # share of the whole weight that float64 may be off
CROWD = 32  # candidates within float32 rounding that are compared in float64


class Coverage:
    """Pick greedily: upper bounds of all gains are kept; what may be largest is computed.

    The bounds come from similarities in two bytes, m² bytes for m points; a pick lowers them by
    what the points that it is nearer to had to give. Near ties are decided in float64.
    """

    def __init__(
        self, points: FloatArray, known: FloatArray, weights: FloatArray, similarity: Similarity
    ) -> None:
        self._points = points  # (m, d), of unit length
        self._known = known
        self._weights = weights
        self._similarity = similarity
        self._total = float(weights.sum()) or 1.0
        self._covered = self._nearest(known)
        self._exact_covered: tuple[int, FloatArray] | None = None
        self._picked: list[int] = []
        self._pairs = Pairs(points, similarity)
        self._bound = self._pairs.gains(rounded_down(self._covered), weights)

    def pick(self, k: int, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
        """Return k rows and the share of the weight that each gained; `rng` decides ties."""
        luck = rng.random(len(self._points))
        gains = []
        for _ in range(k):
            row, gain = self._best(luck)
            gains.append(gain / self._total)
            self._take(row, last=len(gains) == k)
        return np.array(self._picked, np.int64), np.array(gains)

    def _nearest(self, known: FloatArray) -> FloatArray:
        """Return the similarity (m,) of each point to the nearest known one, 0 without any."""
        found = np.zeros(len(self._points), known.dtype)
        for part in tiles(len(found), len(known)) if len(known) else ():
            products = np.asarray(self._points[part], known.dtype) @ known.T
            found[part] = self._similarity(products).max(axis=1)
        return np.maximum(found, 0.0)

    def _best(self, luck: FloatArray) -> tuple[int, float]:
        """Return the row of the largest gain, and that; computes those that may be it."""
        bound = self._bound.copy()
        fresh = np.full(len(bound), -np.inf)
        best, slack, probes = -np.inf, 0.0, PROBES
        while bound.max() + LEAST * self._total > best + slack or best == -np.inf:
            rows = _largest(bound, probes)
            rows = rows[bound[rows] + LEAST * self._total > best + slack]
            fresh[rows] = self._gains(rows)
            bound[rows] = -np.inf
            best, probes = float(fresh.max()), min(2 * probes, MOST_PROBES)
            slack = OFF * best + LEAST * self._total
        close = np.flatnonzero(np.maximum(bound, fresh) >= best - slack)
        close = close[np.argsort(luck[close])[:CROWD]]
        stale = close[fresh[close] == -np.inf]
        fresh[stale] = self._gains(stale)
        row = self._luckiest(close, fresh[close], luck)
        return row, max(float(fresh[row]), 0.0)

    def _gains(self, rows: IntArray) -> FloatArray:
        """Return the gains (r,) of these rows, of float32 similarities added up in float64."""
        found = np.empty(len(rows))
        for i, row in enumerate(rows.tolist()):
            points, near = self._reached(row)
            found[i] = np.maximum(near - self._covered[points], 0.0) @ self._weights[points]
        return found

    def _reached(self, row: int) -> tuple[IntArray, FloatArray]:
        """Return all points nearer to this row than to any pick, and their similarities."""
        points = self._pairs.above(row, rounded_down(self._covered))
        chosen = self._points if len(points) == len(self._points) else self._points[points]
        return points, self._similarity(chosen @ self._points[row])

    def _take(self, row: int, *, last: bool) -> None:
        """Take a pick into account."""
        self._picked.append(row)
        self._bound[row] = -np.inf
        if last:
            return
        before = rounded_down(self._covered)
        points, near = self._reached(row)
        self._covered[points] = np.maximum(self._covered[points], near)
        after = rounded_down(self._covered)
        if 3 * np.count_nonzero(after > before) < len(after):
            self._bound -= self._pairs.lost(before, after, self._weights)
        else:
            gone = self._bound == -np.inf
            self._bound = self._pairs.gains(after, self._weights)
            self._bound[gone] = -np.inf

    def _luckiest(self, rows: IntArray, gains: FloatArray, luck: FloatArray) -> int:
        """Return the row of the largest gain in float64, of equal ones the one of least luck."""
        if gains.min() < gains.max():
            gains = self._exact(rows)
        ties = rows[gains >= gains.max() - SAME * self._total]
        return int(ties[luck[ties].argmin()])

    def _exact(self, rows: IntArray) -> FloatArray:
        """Return the gains (r,) of these rows in float64 throughout."""
        if self._exact_covered is None:
            self._exact_covered = (0, self._nearest(self._known.astype(np.float64)))
        done, covered = self._exact_covered
        if done < len(self._picked):
            new = self._points[self._picked[done:]].astype(np.float64)
            np.maximum(covered, self._nearest(new), out=covered)
            self._exact_covered = (len(self._picked), covered)
        found = np.zeros(len(rows))
        mine = self._points[rows].astype(np.float64)
        for part in tiles(len(covered), mine.shape[1]):
            near = self._similarity(self._points[part].astype(np.float64) @ mine.T)
            found += self._weights[part] @ np.maximum(near - covered[part, None], 0.0)
        return found


def _largest(values: FloatArray, count: int) -> IntArray:
    if count >= len(values):
        return np.arange(len(values))
    return np.asarray(np.argpartition(values, -count)[-count:])

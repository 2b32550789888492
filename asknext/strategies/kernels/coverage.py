"""Coverage: Σ w · max similarity to the picks, made larger pick by pick, without n × n numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.reading import tiles

TILE = 512
PROBES, WIDE = 8, 128  # gains that are computed anew, or corrected, together
MEMORY = 256  # picks that a gain may be behind and still be corrected
OFF, LEAST = 2e-6, 1e-9  # shares of a gain and of the whole weight that float32 may be off
BLUNT = 3e-5  # the same for sums of `TILE` float32 numbers
SAME = 1e-12  # share of the whole weight that float64 may be off
CROWD = 32  # candidates within float32 rounding that are compared in float64

Similarity = Callable[[FloatArray], FloatArray]
"""Turn cosines, in place where possible, into similarities in [0, 1], growing with the cosine."""


class Coverage:
    """Pick by lazy greedy: a gain that is out of date is an upper bound of the gain now.

    An old gain is first corrected, with only the points that have come closer to a pick since;
    what still seems largest is computed anew with all points.
    """

    def __init__(
        self, points: FloatArray, known: FloatArray, weights: FloatArray, similarity: Similarity
    ) -> None:
        self._points = points  # (m, d), of unit length
        self._known = known
        self._weights = weights
        self._light = weights.astype(np.float32)
        self._similarity = similarity
        self._total = float(weights.sum()) or 1.0
        self._covered = self._nearest(known)
        self._exact_covered: tuple[int, FloatArray] | None = None
        self._picked: list[int] = []
        self._changes: list[tuple[IntArray, FloatArray]] = []  # of each pick: points, old values
        self._seen = np.zeros(len(points), np.int64)  # picks that a bound knows of
        self._bound = self._all_gains()

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

    def _all_gains(self) -> FloatArray:
        """Return upper bounds (m,) of the gains now; each pair of points is looked at once."""
        points, covered, light = self._points, self._covered, self._light
        found = np.zeros(len(points))
        room = np.empty((2, TILE, TILE), np.float32)
        for i in range(0, len(points), TILE):
            mine = slice(i, min(i + TILE, len(points)))
            for j in range(i, len(points), TILE):
                other = slice(j, min(j + TILE, len(points)))
                shape = np.s_[: mine.stop - i, : other.stop - j]
                near = room[0][shape]
                near[...] = self._similarity(np.matmul(points[mine], points[other].T, out=near))
                above = np.subtract(near, covered[mine, None], out=room[1][shape])
                found[other] += light[mine] @ np.maximum(above, 0.0, out=above)
                if i != j:
                    near -= covered[other]
                    found[mine] += np.maximum(near, 0.0, out=near) @ light[other]
        return np.asarray(found * (1.0 + BLUNT) + LEAST * self._total)

    def _best(self, luck: FloatArray) -> tuple[int, float]:
        """Return the row of the largest gain, and that; brings bounds up to date as needed."""
        bound, now = self._bound, len(self._picked)
        fresh = np.full(len(bound), -np.inf)
        best, slack = -np.inf, 0.0
        while bound.max() > best + slack or best == -np.inf:
            rows = _largest(bound, WIDE)
            rows = rows[bound[rows] > best + slack]
            old = rows[self._seen[rows] < now]
            if len(old):
                self._correct(old)
            else:
                self._renew(rows[_largest(bound[rows], PROBES)], fresh)
                best = float(fresh.max())
                slack = OFF * best + LEAST * self._total
        close = np.flatnonzero(np.maximum(bound, fresh) >= best - slack)
        close = close[np.argsort(luck[close])[:CROWD]]
        self._renew(close[fresh[close] == -np.inf], fresh)
        np.maximum(bound, fresh, out=bound)
        row = self._luckiest(close, fresh[close], luck)
        return row, max(float(fresh[row]), 0.0)

    def _renew(self, rows: IntArray, fresh: FloatArray) -> None:
        """Compute the gains of these rows with all points; they are no bounds any more."""
        if len(rows):
            near = self._similarity(self._points[rows] @ self._points.T)
            near -= self._covered
            fresh[rows] = np.maximum(near, 0.0, out=near).astype(np.float64) @ self._weights
        self._bound[rows], self._seen[rows] = -np.inf, len(self._picked)

    def _correct(self, rows: IntArray) -> None:
        """Subtract from the bounds of these rows what the picks since have taken from them."""
        now, seen = len(self._picked), self._seen[rows]
        oldest = max(int(seen.min()), now - MEMORY)
        # Corrected as far as is remembered, a bound stays an upper bound.
        versions = np.unique(np.maximum(seen, oldest))
        before, olds = self._covered.copy(), {}
        for version in range(now - 1, oldest - 1, -1):
            points, values = self._changes[version - now]
            before[points] = values
            if version in versions:
                olds[version] = before.copy()
        changed = np.flatnonzero(before != self._covered)
        lost = np.zeros(len(rows))
        if len(changed):
            near = self._similarity(self._points[rows] @ self._points[changed].T)
            gone = np.array([olds[max(v, oldest)][changed] for v in seen.tolist()])
            lost = np.maximum(near - gone, 0.0).astype(np.float64) @ self._weights[changed]
            near -= self._covered[changed]
            lost -= np.maximum(near, 0.0, out=near).astype(np.float64) @ self._weights[changed]
        self._bound[rows] -= lost - LEAST * self._total
        self._seen[rows] = now

    def _take(self, row: int, *, last: bool) -> None:
        """Take a pick into account."""
        self._picked.append(row)
        self._bound[row] = -np.inf
        if last:
            return
        near = self._similarity(self._points @ self._points[row])
        changed = np.flatnonzero(near > self._covered)
        self._changes = [*self._changes[1 - MEMORY :], (changed, self._covered[changed])]
        self._covered[changed] = near[changed]
        if 2 * len(changed) > len(near):
            free = np.flatnonzero(self._bound > -np.inf)
            self._bound[free] = self._all_gains()[free]
            self._seen[:] = len(self._picked)

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

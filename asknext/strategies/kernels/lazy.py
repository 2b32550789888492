"""Lazy greedy: pick the largest of a worth that only falls, looking at few candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.strategies.kernels.reading import Vectors, squared_lengths

FRONT = 512  # candidates kept up to date at least
FRONT_SHARE = 256  # or 1 / 256 of all, where that is more
CACHED = 2**15  # their vectors are kept in memory up to so many
CROWD = 512  # candidates within rounding of each other that are compared in float64


class Falling(Protocol):
    """Give each candidate a worth that never rises when a pick is made."""

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the worth (b,) of these rows (b, d) before any pick."""
        ...

    def pick(self, vector: FloatArray) -> None:
        """Take a pick (d,) into account from now on."""
        ...

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return the worth (b,) now, given what it was after the first `since` picks."""
        ...

    def exact(self, block: FloatArray) -> FloatArray:
        """Return the worth (b,) now, in float64 throughout."""
        ...

    def slack(self) -> float:
        """Return how far the worth may be from the exact one."""
        ...


def lazy_greedy(
    table: Vectors,
    falling: Falling,
    k: int,
    rng: np.random.Generator,
    *,
    left_out: int = 0,
    taken: Sequence[int] = (),
) -> tuple[IntArray, FloatArray]:
    """Return the rows (k,) that plain greedy picks one by one, and the worth of each then.

    A worth that was not looked at since some picks is an upper bound of the worth now, so only
    candidates whose bound can still win are brought up to date. Before each pick the `left_out`
    largest are passed over, while there are others; `taken` rows are never picked. Exact ties
    are broken by `rng`.
    """
    bound = np.empty(len(table))
    for block in table.blocks():
        bound[block.part] = falling.first(block.vectors, block.squares)
    bound[list(taken)] = -np.inf
    left = len(table) - len(taken)
    front = _Front(table, falling, bound, rng.random(len(table)))
    rows, worth = np.empty(min(k, left), np.int64), np.empty(min(k, left))
    for i in range(len(rows)):
        rows[i], worth[i] = front.pop(min(left_out, left - i - 1))
    return rows, worth


class _Front:
    """Keep the candidates of the largest bounds up to date, all others are below `_edge`."""

    def __init__(
        self, table: Vectors, falling: Falling, bound: FloatArray, luck: FloatArray
    ) -> None:
        self._table = table
        self._falling = falling
        self._bound = bound  # −∞ for what is picked or in the front
        self._luck = luck
        self._seen = np.zeros(len(bound), np.int64)  # picks that the bound knows of
        self._picks = 0
        self._size = max(FRONT, len(bound) // FRONT_SHARE)
        self._edge = np.inf
        self._rows: IntArray = np.empty(0, np.int64)
        self._worth: FloatArray = np.empty(0)
        self._vectors: FloatArray | None = np.empty((0, table.columns), np.float32)
        self._squares: FloatArray = np.empty(0, np.float32)

    def pop(self, rank: int) -> tuple[int, float]:
        """Remove and return the row of this rank by worth, 0 the largest, and its worth."""
        size = self._size
        while not self._reaches(rank):
            self._extend(size + rank)
            size *= 2
        place, worth = self._place(rank)
        row = int(self._rows[place])
        self._falling.pick(self._table.rows(np.array([row]))[0])
        self._worth[place] = -np.inf
        self._picks += 1
        self._lower()
        return row, worth

    def _reaches(self, rank: int) -> bool:
        if self._edge == -np.inf:
            return True
        if len(self._rows) <= rank:
            return False
        return bool(_ranked(self._worth, rank) - 2 * self._falling.slack() > self._edge)

    def _place(self, rank: int) -> tuple[int, float]:
        """Return the place in the front of this rank; ties go to the smallest luck."""
        pivot, slack = _ranked(self._worth, rank), 2 * self._falling.slack()
        above = int(np.count_nonzero(self._worth > pivot + slack))
        close = np.flatnonzero(np.abs(self._worth - pivot) <= slack)
        luck = self._luck[self._rows[close]]
        if len(close) > CROWD:
            close = close[np.argsort(luck)[:CROWD]]
            luck = self._luck[self._rows[close]]
        exact = self._falling.exact(self._read(close))
        best = np.lexsort((luck, -exact))[min(rank - above, len(close) - 1)]
        return int(close[best]), float(exact[best])

    def _read(self, places: IntArray) -> FloatArray:
        if self._vectors is not None:
            return np.asarray(self._vectors[places])
        return self._table.rows(self._rows[places])

    def _lower(self) -> None:
        """Let the front know of the last pick."""
        if self._vectors is None:
            seen = np.full(len(self._rows), self._picks - 1, np.int64)
            self._worth = self._fresh(self._rows, self._worth, seen, None)
        else:
            since = self._picks - 1
            self._worth = self._falling.lowered(self._worth, self._vectors, self._squares, since)

    def _fresh(
        self, rows: IntArray, worth: FloatArray, seen: IntArray, vectors: FloatArray | None
    ) -> FloatArray:
        """Return the worth of rows, given what it was when they had seen so many picks."""
        found = worth.copy()
        for since in np.unique(seen).tolist():
            places = np.flatnonzero(seen == since)
            for start in range(0, len(places) if since < self._picks else 0, CACHED):
                part = places[start : start + CACHED]
                block = self._table.rows(rows[part]) if vectors is None else vectors[part]
                squares = squared_lengths(block)
                found[part] = self._falling.lowered(worth[part], block, squares, since)
        return found

    def _extend(self, size: int) -> None:
        """Lower the edge past about `size` more bounds; let go of what is below it."""
        bound = self._bound
        bound[self._rows] = self._worth
        self._seen[self._rows] = self._picks
        last = max(len(bound) - size - len(self._rows), 0)
        self._edge = float(np.partition(bound, last)[last]) if last else -np.inf
        rows = np.flatnonzero((bound >= self._edge) & (bound > -np.inf))
        vectors = self._table.rows(rows) if len(rows) <= CACHED else None
        worth = self._fresh(rows, bound[rows], self._seen[rows], vectors)
        bound[rows], self._seen[rows] = worth, self._picks
        stay = worth >= self._edge
        self._rows, self._worth = rows[stay], worth[stay]
        self._vectors = None if vectors is None else vectors[stay]
        self._squares = squared_lengths(np.empty((0, 1)) if vectors is None else vectors[stay])
        bound[self._rows] = -np.inf


def _ranked(worth: FloatArray, rank: int) -> float:
    place = len(worth) - 1 - rank
    return float(worth.max() if rank == 0 else np.partition(worth, place)[place])

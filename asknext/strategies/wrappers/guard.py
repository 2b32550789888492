"""Guard: keep near-duplicates out of one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Id, Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.kernels.reading import unit
from asknext.strategies.ranking import wanted
from asknext.strategies.vectors import read_rows


class NearDuplicateGuard:
    """Wrap a strategy so that no two picks, nor a pick and a pending example, are near-duplicates.

    Two examples are near-duplicates if they share a group of ``near``, or if the cosine of their
    vectors in ``embedding`` exceeds `threshold`; arrays the view lacks are not looked at. What is
    pending is known by ``pending_near`` and ``pending_embedding``, or by being a candidate.
    What the guard leaves out is replaced by what the strategy wants next; there are fewer than
    min(k, n) picks only where every other candidate is a near-duplicate.
    """

    def __init__(self, strategy: Strategy, threshold: float = 0.97) -> None:
        if not 0.0 < threshold < 1.0:
            raise InvalidInput(f"threshold is a cosine in (0, 1); given: {threshold}")
        self.strategy = strategy
        self.threshold = threshold

    @property
    def name(self) -> str:
        """Return the name of the strategy inside; its picks keep it too."""
        return self.strategy.name

    @property
    def version(self) -> int:
        """Return the version of the strategy inside."""
        return self.strategy.version

    @property
    def needs(self) -> frozenset[str]:
        """Return what the strategy inside needs."""
        return self.strategy.needs

    @property
    def tasks(self) -> frozenset[str]:
        """Return the tasks of the strategy inside."""
        return self.strategy.tasks

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks, none near another or near something pending."""
        k = wanted(view, k)
        seed = int(rng.integers(2**63))
        kept = _Kept(view, self.threshold)
        rest, picks, state = kept.open(), list[Pick](), view.state
        while len(picks) < k and len(rest):
            part = view if len(rest) == len(view) else view.take(rest)
            found = self.strategy.select(part, k - len(picks), generator(seed, len(picks)))
            picks += kept.admit(found.picks)
            state = found.state
            if not len(found) or len(picks) == k:
                break
            rest = kept.sift(rest)
        return Picks(tuple(picks), state)


class _Kept:
    """Remember what is picked or pending, and what is near to it."""

    def __init__(self, view: View, threshold: float) -> None:
        self._view = view
        self._threshold = threshold
        self._groups: set[int] = set()
        self._near = np.asarray(view.near) if "near" in view.provides else None
        self._columns = view.embedding.shape[1] if "embedding" in view.provides else 0
        self._vectors = np.empty((0, self._columns), np.float32)
        self._sifted = 0  # vectors that all of the rest have been compared with
        self._gone = np.zeros(len(view), np.bool_)
        self._remember_pending()

    def open(self) -> IntArray:
        """Return the rows that are neither gone nor in the group of something kept."""
        free = ~self._gone
        if self._near is not None and self._groups:
            free &= ~np.isin(self._near, list(self._groups))
        return np.flatnonzero(free)

    def admit(self, picks: tuple[Pick, ...]) -> list[Pick]:
        """Keep, in order, those picks that are near to nothing kept before."""
        rows = _rows_of(self._view, [pick.id for pick in picks])
        vectors = self._read(rows)
        room = np.empty((len(self._vectors) + len(rows), self._columns), np.float32)
        size = len(self._vectors)
        room[:size] = self._vectors
        admitted = []
        for pick, row, vector in zip(picks, rows.tolist(), vectors, strict=True):
            self._gone[row] = True
            group = None if self._near is None else int(self._near[row])
            if group in self._groups or (room[:size] @ vector > self._threshold).any():
                continue
            room[size] = vector
            size += 1
            if group is not None:
                self._groups.add(group)
            admitted.append(pick)
        self._vectors = room[:size]
        return admitted

    def sift(self, rows: IntArray) -> IntArray:
        """Return those of these rows that are near to nothing kept."""
        rows = np.intersect1d(rows, self.open(), assume_unique=True)
        new = self._vectors[self._sifted :]
        self._sifted = len(self._vectors)
        if not self._columns or not len(new):
            return rows
        parts = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
        near = [(self._read(part) @ new.T > self._threshold).any(axis=1) for part in parts]
        return np.asarray(rows[~np.concatenate([np.empty(0, np.bool_), *near])])

    def _read(self, rows: IntArray) -> FloatArray:
        if not self._columns:
            return np.empty((len(rows), 0), np.float32)
        return unit(read_rows(self._view.embedding, rows))

    def _remember_pending(self) -> None:
        view = self._view
        rows = _rows_of(view, view.pending)
        self._gone[rows] = True
        vectors = [self._read(rows)]
        if self._near is not None:
            self._groups.update(self._near[rows].tolist())
        if "pending_near" in view.provides:
            self._groups.update(np.asarray(view.array("pending_near")).tolist())
        if self._columns and "pending_embedding" in view.provides:
            table = view.array("pending_embedding")
            rows = np.arange(len(table))
            vectors.append(unit(read_rows(table, rows, "pending_embedding")))
        self._vectors = np.concatenate(vectors)


def _rows_of(view: View, ids: Sequence[Id]) -> IntArray:
    """Return the rows of those of the ids that are candidates, in the order of the ids."""
    if not len(ids):
        return np.empty(0, np.int64)
    looked_for = set(ids)
    row_of = {example: i for i, example in enumerate(view.candidates) if example in looked_for}
    return np.array([row_of[example] for example in ids if example in row_of], np.int64)

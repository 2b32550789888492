"""Towards: let a strategy choose near labelled examples, or near examples that are named."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Id, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.kernels.lloyd import spread
from asknext.strategies.kernels.reading import UnitVectors
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper, chunks, rows_of, staged, whole_number


class Anchored(Wrapper):
    """Let the strategy choose from the `size` candidates nearest to labelled ones of each class.

    Up to `per_class` labelled examples of each class that lie far from each other are its
    anchors; the classes take turns to add their nearest candidate (largest cosine to an anchor)
    until there are `size`. Once these are used up, the rest of the pool follows.
    """

    wrapper: ClassVar[str] = "anchored"
    reads: ClassVar[frozenset[str]] = frozenset({"embedding", "labelled_embedding"})
    draws: ClassVar[str] = "the anchors of classes with many labels"
    cost: ClassVar[str] = "n × classes × anchors × columns, then the strategy on `size`"
    evidence: ClassVar[str] = (
        "Its authors: hours become minutes on large pools, better models and more balanced "
        "labels with rare classes. It cannot find a class that has no label yet."
    )
    source: ClassVar[str] = "Lesci and Vlachos 2024 (AnchorAL), section 3; classes by turns here"

    def __init__(self, strategy: Strategy, size: int = 1_000, per_class: int = 10) -> None:
        super().__init__(strategy)
        self.size = whole_number(self.wrapper, "size", size)
        self.per_class = whole_number(self.wrapper, "per_class", per_class)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        near = self.pool(view, rng)
        rest = np.setdiff1d(np.arange(len(view)), near)
        picks, state = staged(self.strategy, view, k, rng, [np.sort(near), rest])
        return Picks(self.falling(picks), state)

    def pool(self, view: View, rng: np.random.Generator) -> IntArray:
        """Return the rows of the sub-pool, in the order in which classes took them."""
        groups = self._anchors(view, generator(int(rng.integers(2**63))))
        luck = rng.random(len(view))
        nearest = [Nearest(self.size) for _ in groups]
        for block in UnitVectors(view.embedding).blocks():
            rows = np.arange(block.part.start, block.part.stop)
            for group, best in zip(groups, nearest, strict=True):
                best.add(rows, (block.vectors @ group.T).max(axis=1), luck[rows])
        return by_turns([best.rows for best in nearest], self.size)

    def _anchors(self, view: View, rng: np.random.Generator) -> list[FloatArray]:
        """Return up to `per_class` vectors of each class that has a label."""
        table = view.labelled_embedding
        if not len(table):
            raise Unsupported(
                "anchored looks near labelled examples and there are none yet; label a few "
                "first, with typiclust or random"
            )
        vectors = UnitVectors(table, "labelled_embedding").rows(np.arange(len(table)))
        names = [str(label) for label in view.labels]
        groups = [vectors[np.array(names) == name] for name in sorted(set(names))]
        few = self.per_class
        return [group if len(group) <= few else group[spread(group, few, rng)] for group in groups]


class Nearest:
    """Keep the `size` rows of largest value, ties by the smaller luck."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.rows = np.empty(0, np.int64)
        self._values: FloatArray = np.empty(0)
        self._luck: FloatArray = np.empty(0)

    def add(self, rows: IntArray, values: FloatArray, luck: FloatArray) -> None:
        """Look at more rows."""
        if len(self.rows) == self._size:
            good = values >= self._values[-1]
            rows, values, luck = rows[good], values[good], luck[good]
        rows, values = np.append(self.rows, rows), np.append(self._values, values)
        luck = np.append(self._luck, luck)
        order = np.lexsort((luck, -values))[: self._size]
        self.rows, self._values, self._luck = rows[order], values[order], luck[order]


def by_turns(orders: Sequence[IntArray], size: int) -> IntArray:
    """Return up to `size` distinct rows: the first of each order, then the second …

    >>> by_turns([np.array([3, 1, 2]), np.array([3, 5, 6])], 4).tolist()
    [3, 1, 5, 2]
    """
    longest = max(map(len, orders))
    turns = (int(order[i]) for i in range(longest) for order in orders if i < len(order))
    return np.array(list(_first(dict.fromkeys(turns), size)), np.int64)


def _first(rows: Iterable[int], size: int) -> Iterator[int]:
    for _, row in zip(range(size), rows, strict=False):
        yield row


class Like(Wrapper):
    """Let the strategy choose from the `share` of candidates most like `these` and not `those`.

    Both are lists of ids of candidates, labelled or pending examples. A candidate's likeness is
    its largest cosine to one of `these`, less its largest to one of `those`. Once these are used
    up, the next share follows. Ids that are not there any more are passed over.
    """

    wrapper: ClassVar[str] = "like"
    reads: ClassVar[frozenset[str]] = frozenset({"embedding"})
    cost: ClassVar[str] = "n × ids × columns, then the strategy on share × n"
    evidence: ClassVar[str] = (
        "Targeted selection finds more of a rare slice where the vectors tell it apart; what is "
        "learnt holds for that slice only."
    )
    source: ClassVar[str] = "after Kothawade et al. 2021 (SIMILAR), by nearest cosine"

    def __init__(
        self,
        strategy: Strategy,
        these: Sequence[Id] = (),
        those: Sequence[Id] = (),
        *,
        share: float = 0.1,
    ) -> None:
        super().__init__(strategy)
        if isinstance(these, str) or isinstance(those, str) or not (len(these) or len(those)):
            raise InvalidInput(
                "like takes lists of ids, of these or of those; write "
                'like(margin, these=["id-1", "id-2"], those=["id-3"])'
            )
        if isinstance(share, bool) or not 0.0 < share <= 1.0:
            raise InvalidInput(f"share of like is above 0 and at most 1; given: {share!r}")
        self.these, self.those = tuple(these), tuple(those)
        self.share = float(share)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        likeness = self.likeness(view)
        order = np.lexsort((rng.random(len(view)), -likeness))
        stages = chunks(order, math.ceil(self.share * len(view)))
        picks, state = staged(self.strategy, view, k, rng, stages)
        return Picks(self.falling(picks), state)

    def likeness(self, view: View) -> FloatArray:
        """Return how like these and unlike those each candidate (n,) is."""
        these, those = vectors_of(view, self.these), vectors_of(view, self.those)
        if not len(these) and not len(those):
            raise Unsupported(
                f"none of the ids that like was given has a vector here: "
                f"{', '.join(map(str, (*self.these, *self.those)[:5]))}"
            )
        found = np.zeros(len(view))
        for block in UnitVectors(view.embedding).blocks():
            for sign, group in ((1.0, these), (-1.0, those)):
                if len(group):
                    found[block.part] += sign * (block.vectors @ group.T).max(axis=1)
        return found


def vectors_of(view: View, ids: Sequence[Id]) -> FloatArray:
    """Return unit vectors (v, d) of those of the ids that are candidates, labelled or pending."""
    tables = [UnitVectors(view.embedding).rows(rows_of(view, ids))]
    for kind, known in (("labelled", view.labelled), ("pending", view.pending)):
        name = f"{kind}_embedding"
        rows = np.array([i for i, example in enumerate(known) if example in set(ids)], np.int64)
        if len(rows) and name in view.provides:
            tables.append(UnitVectors(view.array(name), name).rows(rows))
    return np.concatenate(tables)

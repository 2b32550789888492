"""Seeding: draw rows that are far from each other, by squared distance (k-means++)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.strategies.kernels.reading import Block, Vectors, squared_lengths, tiles

PROPOSALS = (8, 8, 16, 32, 64, 128, 256, 512)  # drawn at once: few while all distances change
ONE_BY_ONE = (1,)  # for small tables, that cost little to look at
SAME = np.float32(1e-6)  # share of the squared length below which a squared distance counts as 0


class Spread(NamedTuple):
    """Hold the rows (k,) as drawn, their squared distances to those before, their chances."""

    rows: IntArray
    squares: FloatArray
    chances: FloatArray


def draw_spread(
    factors: Sequence[Vectors],
    k: int,
    rng: np.random.Generator,
    *,
    first: int | None = None,
    weights: FloatArray | None = None,
    proposals: Sequence[int] = PROPOSALS,
) -> Spread:
    """Draw min(k, n) rows, each with a chance ∝ weight × squared distance to the nearest before it.

    Row i stands for the outer product of the rows i of all `factors`, tables of n rows each;
    those products, C · d columns for two factors, are never built. The first row is `first`, or
    drawn by weight; its distance is its length. Once all else is at distance 0, the rest follows
    in random order. Fewer rows are the start of more.

    The draws are exact, yet the table is looked at a few times only: distances only fall, so a row
    proposed by those of the last look and kept with the chance new / old is drawn by the new ones.
    `proposals` says how many there are between two looks, the last number for ever.

    Source: Arthur and Vassilvitskii 2007 (k-means++); the factors as in Ash et al. 2020 (BADGE).

    >>> table = Vectors(np.array([[0.0], [0.0], [9.0]]))
    >>> draw_spread([table], 2, np.random.default_rng(0), first=0).rows.tolist()
    [0, 2]
    """
    n = len(factors[0])
    heavy = np.ones(n) if weights is None else np.asarray(weights, np.float64)
    if heavy.shape != (n,):
        raise InvalidInput(f"weights must have a number for each of the {n} rows")
    k = min(k, n)
    if k < 1:
        return Spread(np.empty(0, np.int64), np.empty(0), np.empty(0))
    drawing = _Drawing(factors, heavy, rng)
    drawing.begin(first)
    for count in chain(proposals, repeat(proposals[-1])):
        if len(drawing.rows) >= k or not drawing.propose(count, k - len(drawing.rows)):
            break
    drawing.fill(k)
    squares, chances = np.array(drawing.squares), np.array(drawing.chances)
    return Spread(np.array(drawing.rows, np.int64), squares, chances)


def lengths_of(factors: Sequence[Vectors]) -> FloatArray:
    """Return the squared length (n,) of each row, as the outer product of these factors."""
    return np.concatenate([_product(parts) for parts in _together(factors)])


class _Drawing:
    """Hold what is drawn so far, and the squared distance (n,) of each row to the nearest of it."""

    def __init__(
        self, factors: Sequence[Vectors], weights: FloatArray, rng: np.random.Generator
    ) -> None:
        self._factors = factors
        self._weights = weights
        self._light = weights.astype(np.float32)
        self._rng = rng
        self._gaps = np.full(len(weights), np.inf, np.float32)
        self.rows: list[int] = []
        self.squares: list[float] = []
        self.chances: list[float] = []

    def begin(self, first: int | None) -> None:
        """Take the first row: this one, or one drawn by weight."""
        chance = 1.0
        if first is None:
            first = int(_drawn(self._weights, 1, self._rng)[0])
            total = float(self._weights.sum())
            chance = float(self._weights[first]) / total if total > 0 else 1 / len(self._weights)
        own = [factor.rows(np.array([first])) for factor in self._factors]
        self._look(own)
        self._gaps[first] = 0.0
        self.rows.append(first)
        self.squares.append(float(_lengths(own)[0]))
        self.chances.append(chance)

    def propose(self, count: int, most: int) -> bool:
        """Propose `count` rows and take at most `most`; False where all distances are 0."""
        chances = self._gaps * self._weights
        if not chances.any():
            return False
        rows = _drawn(chances, count, self._rng)
        # A single proposal is by the distances of now, and always kept.
        luck = self._rng.random(count) if count > 1 else np.zeros(1)
        own = [factor.rows(rows) for factor in self._factors]
        kept, squares = _kept(rows, self._gaps[rows], luck, own)
        kept, squares = kept[:most], squares[:most]
        totals = self._look([factor[kept] for factor in own])
        self.rows += rows[kept].tolist()
        self.squares += squares
        self.chances += [
            min(1.0, gap * self._weights[row] / total) if total > 0 else 1.0
            for row, gap, total in zip(rows[kept], squares, totals, strict=True)
        ]
        self._gaps[rows[kept]] = 0.0
        return True

    def fill(self, k: int) -> None:
        """Take others at random, until there are k."""
        rest = np.setdiff1d(np.arange(len(self._gaps)), np.array(self.rows, np.int64))
        more = self._rng.permutation(rest)[: max(0, k - len(self.rows))]
        self.chances += [1.0 / (len(rest) - i) for i in range(len(more))]
        self.rows += more.tolist()
        self.squares += [0.0] * len(more)

    def _look(self, centres: Sequence[FloatArray]) -> FloatArray:
        """Lower the distances to those to these; return Σ weight × distance before each (r,)."""
        totals = np.zeros(len(centres[0]))
        for parts in _together(self._factors):
            start, size, lengths = parts[0].part.start, len(parts[0].vectors), _product(parts)
            for tile in tiles(size, len(centres[0])):
                place = slice(start + tile.start, start + min(tile.stop, size))
                apart = _apart(centres, [block.vectors[tile] for block in parts], lengths[tile])
                totals += self._lower(place, apart, lengths[tile])
        return totals

    def _lower(self, place: slice, apart: FloatArray, lengths: FloatArray) -> FloatArray:
        gaps, weights = self._gaps[place], self._light[place]
        totals = np.zeros(len(apart))
        for i, to_one in enumerate(apart):
            if self.rows:
                totals[i] = gaps @ weights
            gaps = np.minimum(gaps, to_one, out=to_one)
        self._gaps[place] = np.where(gaps > SAME * lengths, gaps, 0.0)
        return totals


def _together(factors: Sequence[Vectors]) -> Iterator[tuple[Block, ...]]:
    if len({len(factor) for factor in factors}) > 1:
        given = ", ".join(f"{factor.name} {len(factor)}" for factor in factors)
        raise InvalidInput(f"all factors must have the same number of rows; given: {given}")
    return zip(*(factor.blocks() for factor in factors), strict=True)


def _product(parts: Sequence[Block]) -> FloatArray:
    return np.asarray(np.prod([block.squares for block in parts], axis=0))


def _drawn(chances: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    sums = np.cumsum(chances, dtype=np.float64)
    if not sums[-1] > 0:
        return rng.integers(len(chances), size=size)
    found = np.searchsorted(sums, rng.random(size) * sums[-1], "right")
    return np.asarray(np.minimum(found, np.flatnonzero(chances)[-1]))


def _kept(
    rows: IntArray, stale: FloatArray, luck: FloatArray, own: Sequence[FloatArray]
) -> tuple[list[int], list[float]]:
    """Return the places of the proposals to keep, and their squared distances by then."""
    lengths = _lengths(own)
    apart = _apart(own, own, lengths)
    apart[apart <= SAME * lengths] = 0.0
    apart[rows[:, None] == rows] = 0.0
    now, kept, squares = stale.copy(), [], []
    for i in range(len(rows)):
        if luck[i] * stale[i] < now[i]:
            kept.append(i)
            squares.append(float(now[i]))
            now = np.minimum(now, apart[i])
    return kept, squares


def _lengths(factors: Sequence[FloatArray]) -> FloatArray:
    """Return the squared lengths (r,) of outer products."""
    return np.asarray(np.prod([squared_lengths(factor) for factor in factors], axis=0))


def _apart(
    centres: Sequence[FloatArray], others: Sequence[FloatArray], lengths: FloatArray
) -> FloatArray:
    """Return the squared distances (r, b) between outer products; those near 0 are rounding."""
    # Many rows by few is the faster way round, even with the turning.
    turned = others[0] @ (-2.0 * centres[0]).T
    for a, b in zip(centres[1:], others[1:], strict=True):
        turned *= b @ a.T
    products = np.add(turned.T, lengths, order="C")
    products += _lengths(centres)[:, None]
    return np.asarray(products)

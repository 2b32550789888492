"""Seeding: draw rows that are far from each other, by squared distance (k-means++)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.strategies.kernels.reading import Vectors, squared_lengths, tiles

LEAST, MOST = 8, 512  # rows that are proposed between two looks at the whole table
SAME = 1e-6  # share of the squared length below which a squared distance is rounding, thus 0


def draw_spread(
    factors: Sequence[Vectors],
    k: int,
    rng: np.random.Generator,
    *,
    known: Sequence[FloatArray] = (),
    first: int | None = None,
    weights: FloatArray | None = None,
) -> IntArray:
    """Draw k rows, each with a chance ∝ weight × squared distance to the nearest before it.

    Row i stands for the outer product of the rows i of all `factors`, tables of n rows each;
    those products, C · d columns for two factors, are never built. `known` are further rows of
    the factors, already drawn; without any, the first is `first`, or drawn by weight. Once all
    else is at distance 0, the rest follows in random order.

    The draws are exact: the table is brought up to date a few times only, each time for all
    draws since, and a row proposed by an outdated distance is kept with the chance that makes up
    for it (rejection).

    Source: Arthur and Vassilvitskii 2007 (k-means++); the factors as in Ash et al. 2020 (BADGE).

    >>> table = Vectors(np.array([[0.0], [0.0], [9.0]]))
    >>> draw_spread([table], 2, np.random.default_rng(0), first=0).tolist()
    [0, 2]
    """
    n = len(factors[0])
    heavy = np.ones(n) if weights is None else np.asarray(weights, np.float64)
    if any(len(factor) != n for factor in factors) or heavy.shape != (n,):
        raise InvalidInput("all factors, and the weights, must have the same number of rows")
    k = min(k, n)
    gaps = np.full(n, np.inf)
    if len(known):
        _lower(gaps, factors, known)
    chosen: list[int] = []
    if k and not len(known):
        chosen.append(_draw(heavy, 1, rng)[0] if first is None else first)
        _lower(gaps, factors, _rows(factors, np.array(chosen)))
    while len(chosen) < k:
        gaps[chosen] = 0.0
        found = _epoch(factors, gaps, heavy, min(max(LEAST, len(chosen)), MOST), rng)
        if found is None:
            rest = np.setdiff1d(np.arange(n), chosen)
            return np.concatenate([chosen, rng.permutation(rest)])[:k].astype(np.int64)
        chosen += found
        if found and len(chosen) < k:
            _lower(gaps, factors, _rows(factors, np.array(found)))
    return np.array(chosen[:k], np.int64)


def _epoch(
    factors: Sequence[Vectors],
    gaps: FloatArray,
    weights: FloatArray,
    size: int,
    rng: np.random.Generator,
) -> list[int] | None:
    """Propose `size` rows by their outdated gaps; return those kept, None where all are 0."""
    chances = gaps * weights
    if not chances.any():
        return None
    rows = np.array(_draw(chances, size, rng))
    luck = rng.random(size)
    own = _rows(factors, rows)
    apart = _apart(own, own)
    stale, now = gaps[rows], gaps[rows].copy()
    kept = []
    for i, row in enumerate(rows.tolist()):
        if luck[i] * stale[i] < now[i]:
            kept.append(row)
            now = np.minimum(now, apart[i])
            now[rows == row] = 0.0
    return kept


def _draw(chances: FloatArray, size: int, rng: np.random.Generator) -> list[int]:
    sums = np.cumsum(chances, dtype=np.float64)
    if not sums[-1] > 0:
        return [int(row) for row in rng.integers(len(chances), size=size)]
    found = np.searchsorted(sums, rng.random(size) * sums[-1], "right")
    return [int(row) for row in np.minimum(found, np.flatnonzero(chances)[-1])]


def _rows(factors: Sequence[Vectors], index: IntArray) -> list[FloatArray]:
    return [factor.rows(index) for factor in factors]


def _apart(left: Sequence[FloatArray], right: Sequence[FloatArray]) -> FloatArray:
    """Return the squared distances (a, b) between outer products, by their factors."""
    products = left[0] @ right[0].T
    mine, other = squared_lengths(left[0]), squared_lengths(right[0])
    for a, b in zip(left[1:], right[1:], strict=True):
        products *= a @ b.T
        mine, other = mine * squared_lengths(a), other * squared_lengths(b)
    products *= -2.0
    products += mine[:, None]
    products += other
    return np.asarray(np.maximum(products, 0.0, out=products))


def _lower(gaps: FloatArray, factors: Sequence[Vectors], centres: Sequence[FloatArray]) -> None:
    """Take these rows of the factors into account as drawn."""
    for parts in zip(*(factor.blocks() for factor in factors), strict=True):
        start, size = parts[0].part.start, len(parts[0].vectors)
        for part in tiles(size, len(centres[0])) if len(centres[0]) else ():
            closest = _apart([block.vectors[part] for block in parts], centres).min(axis=1)
            lengths = np.prod([block.squares[part] for block in parts], axis=0)
            closest[closest <= SAME * lengths] = 0.0
            place = slice(start + part.start, start + min(part.stop, size))
            np.minimum(gaps[place], closest, out=gaps[place])

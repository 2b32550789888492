"""Posterior: the Gaussian that is left of a linear model's coefficients once there are labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from asknext.core.batch import FloatArray, Table, blocks
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator

ROWS_AT_ONCE = 4096
NEGLIGIBLE = 1e-4  # share of the prior's precision: what labels add less than that is left out


@dataclass(frozen=True)
class Posterior:
    """Hold N(mean, Σ) over d coefficients of vectors less `middle`, Σ known along few directions.

    Along the columns of `basis` (d, r), orthonormal, the precision is `values` (r,); along all
    that is orthogonal to them it is `prior`.
    """

    mean: FloatArray
    middle: FloatArray
    basis: FloatArray
    values: FloatArray
    prior: float

    @classmethod
    def of(
        cls,
        mean: FloatArray,
        middle: FloatArray,
        basis: FloatArray,
        gained: FloatArray,
        prior: float,
    ) -> Posterior:
        """Make it of what labels add (r,) to the precision `prior` along each direction."""
        kept = gained > NEGLIGIBLE * prior
        return cls(
            np.asarray(mean, np.float32),
            np.asarray(middle, np.float32),
            np.ascontiguousarray(basis[:, kept], np.float32),
            np.asarray(prior + gained[kept], np.float32),
            float(prior),
        )

    @property
    def columns(self) -> int:
        """Return how many columns vectors must have."""
        return len(self.mean)

    def expected(self, table: Table) -> FloatArray:
        """Return the mean (n,) float32 of the score of n vectors."""
        found = np.empty(len(table), np.float32)
        for part, block in self._blocks(table):
            found[part] = block @ self.mean
        return found

    def spread(self, table: Table) -> FloatArray:
        """Return the variance (n,) float32 of the score of n vectors."""
        found = np.empty(len(table), np.float32)
        less = np.float32(1.0 / self.prior) - 1.0 / self.values
        for part, block in self._blocks(table):
            whole = np.einsum("ij,ij->i", block, block) / np.float32(self.prior)
            found[part] = np.maximum(whole - np.square(block @ self.basis) @ less, 0.0)
        return found

    def draws(self, table: Table, members: int, seed: int) -> FloatArray:
        """Return the scores (members, n) float32 under coefficients drawn from it.

        The same seed draws the same, and more of them begin with these.
        """
        drawn = np.stack([self._draw(generator(seed, "posterior", i)) for i in range(members)])
        across = np.ascontiguousarray(drawn.T, np.float32)
        found = np.empty((members, len(table)), np.float32)
        for part, block in self._blocks(table):
            found[:, part] = (block @ across).T
        return found

    def _draw(self, rng: np.random.Generator) -> FloatArray:
        free = rng.standard_normal(self.columns)
        inside = free @ self.basis
        outside = (free - self.basis @ inside) / np.sqrt(self.prior)
        return np.asarray(self.mean + self.basis @ (inside / np.sqrt(self.values)) + outside)

    def _blocks(self, table: Table) -> Iterator[tuple[slice, FloatArray]]:
        if table.shape[1] != self.columns:
            raise InvalidInput(
                f"these vectors have {table.shape[1]} columns, the model was fitted to "
                f"{self.columns}; use the encoder it was trained with"
            )
        for part, block in blocks(table, ROWS_AT_ONCE):
            yield part, np.asarray(block, np.float32) - self.middle


def directions(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return orthonormal directions (d, r) and the sums of squares (r,) of rows (n, d) along them.

    Of the two products of the rows with themselves the smaller one is taken apart; directions
    in which the rows hardly reach are left out.
    """
    wide = np.asarray(rows, np.float64)
    few = len(wide) < wide.shape[1]
    squares, found = np.linalg.eigh(wide @ wide.T if few else wide.T @ wide)
    sound = squares > 1e-10 * max(float(squares.max(initial=0.0)), np.finfo(float).tiny)
    squares, found = squares[sound], found[:, sound]
    return (wide.T @ (found / np.sqrt(squares)) if few else found), squares

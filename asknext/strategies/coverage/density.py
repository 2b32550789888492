"""Density: ask what is uncertain and has many others like it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.density import kernel_density
from asknext.strategies.kernels.reading import UnitVectors, mean_of
from asknext.strategies.probabilities import margins, read_proba, wavering
from asknext.strategies.ranking import checked, picks_of, top, wanted

LEAST = 1e-12  # uncertainty and density below this count as this


def _checked_beta(beta: float) -> float:
    if not 0.0 <= beta <= 1000.0:
        raise InvalidInput(f"beta is an exponent in [0, 1000]; given: {beta}")
    return beta


class _Dense(ABC):
    """Score ln(1 − margin) + beta · ln(density): the order of uncertainty × density^beta.

    In logarithms a large beta leaves nothing to round to 0.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})

    def __init__(self, *, beta: float = 1.0) -> None:
        self.beta = _checked_beta(beta)

    @abstractmethod
    def log_density(self, view: View, rng: np.random.Generator) -> FloatArray:
        """Return ln p (n,) up to a constant."""

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks, the largest products first."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        worth = checked(np.asarray(1.0 - margins(read_proba(view)), np.float64), view, self)
        score = np.log(np.maximum(worth, LEAST)) + self.beta * self.log_density(view, rng)
        rows = top(checked(score, view, self), k, rng)
        return picks_of(self, view, rows, scores=score[rows], reasons=_reasons(view, rows))


def _reasons(view: View, rows: IntArray) -> list[str]:
    return [f"{reason}, and many others are like it" for reason in wavering(view, rows)]


class InformationDensity(_Dense):
    """Score uncertainty × (mean likeness to all candidates)^beta; likeness is (1 + cosine) / 2.

    Uncertainty is 1 − margin. The mean over all candidates is exact at any size: it is linear.
    A score is the logarithm.

    Source: Settles and Craven 2008, section 3.4, with the cosine raised to [0, 1].
    """

    name: ClassVar[str] = "information_density"
    cost: ClassVar[str] = "n × (classes + columns)"
    evidence: ClassVar[str] = (
        "helped on sequence labelling (Settles and Craven 2008); dense regions are asked again "
        "and again: wrap it in guarded"
    )
    source: ClassVar[str] = "Settles and Craven 2008, section 3.4"

    def log_density(self, view: View, rng: np.random.Generator) -> FloatArray:
        """Return ln of the mean likeness (n,)."""
        table = UnitVectors(view.embedding)
        mean, found = mean_of(table), np.empty(len(table))
        for block in table.blocks():
            found[block.part] = np.einsum("ij,j->i", block.vectors, mean, dtype=np.float64)
        return np.asarray(np.log(np.maximum(0.5 * (1.0 + found), LEAST)))


class DensityWeighted(_Dense):
    """Score uncertainty × p(x)^beta with a Gaussian kernel density p.

    Uncertainty is 1 − margin: beta = 0 is `margin`, a large beta is density alone. Beyond 2,000
    candidates p is estimated from a random sample of 2,000. By default the bandwidth is the
    median distance, in that sample, to the 20th nearest. A score is the logarithm.

    Source: Settles 2009, section 3.6 (density-weighted methods), with p by kernels.
    """

    name: ClassVar[str] = "density_weighted"
    cost: ClassVar[str] = "n × 2,000 × columns"
    evidence: ClassVar[str] = (
        "keeps outliers out, at the price of asking much alike; no steady gain over margin"
    )
    source: ClassVar[str] = "Settles 2009, section 3.6"

    def __init__(self, *, beta: float = 1.0, bandwidth: float | None = None) -> None:
        super().__init__(beta=beta)
        if bandwidth is not None and not 1e-6 <= bandwidth <= 1e6:
            raise InvalidInput(
                f"bandwidth is a distance in [1e-6, 1e6], or None; given: {bandwidth}"
            )
        self.bandwidth = bandwidth

    def log_density(self, view: View, rng: np.random.Generator) -> FloatArray:
        """Return ln p (n,) up to a constant."""
        return kernel_density(UnitVectors(view.embedding), rng, bandwidth=self.bandwidth)

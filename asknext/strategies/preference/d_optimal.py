"""D-optimal design: the pairs that together tell most about a linear reward."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.lazy import lazy_greedy
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.kernels.weighted import ScaledRows
from asknext.strategies.preference.reward_gaps import PREFERENCE, sigmoid
from asknext.strategies.ranking import picks_of, wanted

UNDECIDED = 0.25  # σ(0) (1 − σ(0)): what a comparison tells while no reward is known
EXACT = 1e-11  # how far rounding may move a gain, as a share of the largest there can be
GRAIN = 1e-13  # gains are rounded to that share of it, so that equal pairs have equal gains


class DOptimal:
    """Pick one by one the pair that adds most to log det of the information about the reward.

    The information is ridge · I + Σ w z zᵀ over the labelled pairs, those out with annotators and
    the picks, with z the difference of the features of the two answers and w = σ(gap) σ(−gap) by
    Bradley and Terry; where a gap is not given, w is 1/4. A score is the gain,
    log(1 + w zᵀ A⁻¹ z).

    Source: Mukherjee et al. 2024 and PA-D-opt (Feng et al. 2025), greedy D-optimal design in the
    last linear layer; greedy log det with rank-one updates by Sherman and Morrison.
    """

    name: ClassVar[str] = "d_optimal"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"pair_difference"})
    tasks: ClassVar[frozenset[str]] = PREFERENCE
    cost: ClassVar[str] = "n × columns² once, then lazily k × (columns² + a few rows × columns)"
    evidence: ClassVar[str] = (
        "Cheap and stable for reward models on frozen features; with strong models random pairs "
        "may be as good: keep the control arm."
    )
    source: ClassVar[str] = "Mukherjee et al. 2024; Feng et al. 2025 (PA-D-opt)"

    def __init__(self, ridge: float = 1.0) -> None:
        if isinstance(ridge, bool) or not isinstance(ridge, int | float) or not 0 < ridge < np.inf:
            raise InvalidInput(f"ridge is a number above 0; given: {ridge!r}")
        self.ridge = ridge

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_pair_difference`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        weight = weights(view, "", len(view))
        table: Any = ScaledRows(view.array("pair_difference"), np.sqrt(weight))
        information = Information(known_pairs(view), table.shape[1], self.ridge)
        rows, gain = lazy_greedy(Vectors(table, "pair_difference"), information, k, rng)
        scores = np.minimum.accumulate(np.log1p(np.maximum(gain, 0.0)))
        reasons = [f"it tells the reward something new (gain {score:.2g})" for score in scores]
        return picks_of(self, view, rows, scores=scores, reasons=reasons)


def weights(view: View, kind: str, size: int) -> FloatArray:
    """Return σ(gap) σ(−gap) (size,) of the pairs of a kind, 1/4 where their gaps are not given.

    Raises:
        InvalidInput: gaps that are not `size` finite numbers.
    """
    name = f"{kind}reward_gap"
    if name not in view.provides:
        return np.full(size, UNDECIDED)
    gap = np.asarray(view.array(name), np.float64)
    if gap.shape != (size,) or not np.isfinite(gap).all():
        raise InvalidInput(f"{name} must be {size} finite numbers, one for each pair")
    return sigmoid(gap) * sigmoid(-gap)


def known_pairs(view: View) -> FloatArray:
    """Return √w z (m, d) of the pairs that are labelled or out with annotators, as far as given.

    Raises:
        Unsupported: there are labels, but no ``labelled_pair_difference``.
    """
    if len(view.labelled) and "labelled_pair_difference" not in view.provides:
        raise Unsupported(
            f"{len(view.labelled)} pairs are labelled but 'labelled_pair_difference' is not "
            "available; give their differences, so that the same is not asked again"
        )
    columns = view.array("pair_difference").shape[1]
    found = [np.empty((0, columns))]
    for kind in ("labelled_", "pending_"):
        name = f"{kind}pair_difference"
        if name in view.provides:
            table = Vectors(view.array(name), name)
            pairs = table.rows(np.arange(len(table))).astype(np.float64)
            found.append(pairs * np.sqrt(weights(view, kind, len(pairs)))[:, None])
    return np.concatenate(found)


class Information:
    """Hold the inverse of A = ridge · I + Σ x xᵀ; the worth of a row x is xᵀ A⁻¹ x."""

    def __init__(self, known: FloatArray, columns: int, ridge: float) -> None:
        self._plain = ridge if not len(known) else 0.0
        matrix = known.T @ known
        matrix[np.diag_indices(columns)] += ridge
        self._inverse = np.linalg.inv(matrix)
        self._steps = np.empty((0, columns))
        self._ridge = ridge
        self._largest = 0.0

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return xᵀ A⁻¹ x (b,) before any pick."""
        self._largest = max(self._largest, float(squares.max(initial=0.0)))
        if self._plain:
            wide = block.astype(np.float64)
            return np.asarray(np.einsum("ij,ij->i", wide, wide) / self._plain)
        return self._gain(block)

    def pick(self, vector: FloatArray) -> None:
        """Add x xᵀ to A (Sherman–Morrison)."""
        wide = vector.astype(np.float64)
        toward = self._inverse @ wide
        step = toward / np.sqrt(1.0 + wide @ toward)
        self._inverse -= np.outer(step, step)
        self._steps = np.concatenate([self._steps, step[None, :]])

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return xᵀ A⁻¹ x (b,) with the picks after the first `since`."""
        products = block.astype(np.float64) @ self._steps[since:].T
        return np.asarray(worth - np.einsum("ij,ij->i", products, products))

    def exact(self, block: FloatArray) -> FloatArray:
        """Return xᵀ A⁻¹ x (b,) from the inverse as it is now."""
        grain = GRAIN * max(self._largest, float(np.finfo(np.float32).tiny)) / self._ridge
        return np.asarray(np.round(self._gain(block) / grain) * grain)

    def _gain(self, block: FloatArray) -> FloatArray:
        wide = block.astype(np.float64)
        return np.asarray(np.einsum("ij,ij->i", wide @ self._inverse, wide))

    def slack(self) -> float:
        """Return how far float64 may be off."""
        return EXACT * self._largest / self._ridge

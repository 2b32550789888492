"""BAIT and its kin for regression: answers that make the whole pool's predictions sure."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, Table
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.change.design import Design, Square, greedy, second_moment
from asknext.strategies.probabilities import read_proba, wavering
from asknext.strategies.ranking import checked, picks_of, wanted

PENALTY = 1.0 / 30.0  # that of the instant head; the ridge where the view has none


def fisher_trace(proba: FloatArray) -> FloatArray:
    """Return Σ_c p_c (1 − p_c) (n,) in float64: the trace of diag p − p pᵀ.

    >>> fisher_trace(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [0.5, 0.0]
    """
    found = proba.sum(axis=1, dtype=np.float64)
    return np.asarray(found - np.einsum("ij,ij->i", proba, proba, dtype=np.float64))


def ridge(view: View, width: int) -> Square:
    """Return the penalties as a matrix (d + 1, d + 1); here intercepts bear one as well."""
    penalty = float(view.array("penalty")) if "penalty" in view.provides else PENALTY
    if not (np.isfinite(penalty) and penalty > 0):
        raise InvalidInput(f"penalty is λ of the head, a number above 0; given: {penalty}")
    return np.eye(width) * penalty


def known_features(view: View, strategy: str) -> Table | None:
    """Return ``labelled_features``, None where nothing is labelled; raises Unsupported."""
    if "labelled_features" in view.provides:
        table: Table = view.array("labelled_features")
        return table
    if len(view.labelled):
        raise Unsupported(
            f"{len(view.labelled)} examples are labelled but 'labelled_features' is not "
            f"available; {strategy} needs them to know what has been learnt"
        )
    return None


class Bait:
    """Pick greedily what lowers the Fisher bound of the pool's error, tr(I(picked)⁻¹ I(pool)).

    The Fisher matrix of an example, (diag p − p pᵀ) ⊗ [x, 1][x, 1]ᵀ, is taken as its trace over
    the classes times [x, 1][x, 1]ᵀ, which is exact up to a factor for two classes: (d + 1)²
    numbers instead of (c d)². Labelled examples count as picked. Greedy forward only: the
    authors take 2 k and drop k again, which would make a batch depend on its size. A score is
    the fall of the bound for each candidate, or that of the pick before where that is smaller.

    Source: Ash et al. 2021 (BAIT), with the trace form of its Fisher matrices.
    """

    name: ClassVar[str] = "bait"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "features"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × columns², then k × n × columns"
    evidence: ClassVar[str] = (
        "level with or above BADGE in its authors' tests, with the full Fisher matrix; ours is "
        "the cheap form"
    )
    source: ClassVar[str] = "Ash et al. 2021 (BAIT)"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; uses ``labelled_features`` and ``labelled_proba`` if given."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        weights = checked(fisher_trace(read_proba(view)), view, self)
        features = _features(view)
        moment = second_moment(features, weights) / len(view)
        known = self._known(view, features.shape[1] + 1)
        design = Design(features, weights, known, moment)
        rows, scores = greedy(design, k, rng)
        scores = np.minimum.accumulate(scores)
        return picks_of(self, view, rows, scores=scores, reasons=wavering(view, rows))

    def _known(self, view: View, width: int) -> Square:
        table, found = known_features(view, self.name), ridge(view, width)
        if table is None:
            return found
        if "labelled_proba" not in view.provides:
            raise Unsupported("bait reads labelled_proba with labelled_features; give both")
        weights = fisher_trace(np.asarray(view.array("labelled_proba")))
        return found + second_moment(table, weights, "labelled_features")


class ExpectedVarianceReduction:
    """Pick greedily what lowers the expected squared error of a ridge regression most.

    The variance at a reference x_r falls by (x_rᵀA⁻¹x)² / (1 + xᵀA⁻¹x) whatever the answer is,
    in units of the noise, so no expectation over answers is needed; A is Σ [x, 1][x, 1]ᵀ of the
    labelled plus the penalty. References are ``reference_features`` where given, else all
    candidates. Picks are updated exactly one after another. A score is the mean fall, or
    that of the pick before where that is smaller.

    Source: Cohn, Ghahramani and Jordan 1996; Settles 2009, section 3.5 (A-optimal design).
    """

    name: ClassVar[str] = "expected_variance_reduction"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"features"})
    tasks: ClassVar[frozenset[str]] = frozenset({"regression"})
    cost: ClassVar[str] = "n × columns², then k × n × columns"
    evidence: ClassVar[str] = (
        "right for a linear model by construction; it never looks at answers, so it cannot aim "
        "at where the model errs"
    )
    source: ClassVar[str] = "Cohn, Ghahramani and Jordan 1996"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; uses ``labelled_features`` if given."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        features = _features(view)
        name = "reference_features" if "reference_features" in view.provides else "features"
        others: Table = view.array(name)
        moment = second_moment(others, np.ones(len(others)), name) / len(others)
        known = ridge(view, features.shape[1] + 1)
        table = known_features(view, self.name)
        if table is not None:
            known += second_moment(table, np.ones(len(table)), "labelled_features")
        design = Design(features, np.ones(len(view)), known, moment)
        checked(design.gains(), view, self)
        rows, scores = greedy(design, k, rng)
        scores = np.minimum.accumulate(scores)
        reasons = [f"makes other predictions surer: variance −{s:.2g} on average" for s in scores]
        return picks_of(self, view, rows, scores=scores, reasons=reasons)


def _features(view: View) -> Table:
    features: Table = view.array("features")
    if len(features) != len(view):
        raise InvalidInput(f"features has {len(features)} rows for {len(view)} candidates")
    return features

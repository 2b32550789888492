"""Regression: variance of the model and of a committee, and expected model change."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray, blocks
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking

REGRESSION = frozenset({"regression"})


def read_means(view: View) -> FloatArray:
    """Return what the members predict (t, n) in float64; raises InvalidInput for another shape."""
    found = np.asarray(view.array("committee_mean"), np.float64)
    if found.ndim != 2 or found.shape[0] == 0 or found.shape[1] != len(view):
        raise InvalidInput(
            f"committee_mean has shape {found.shape}; it must be (members, {len(view)})"
        )
    return found


class PredictiveVariance(Ranking):
    """Score the variance that the model itself predicts.

    Source: Settles 2009, section 3.1, for numbers.
    """

    name: ClassVar[str] = "predictive_variance"
    needs: ClassVar[frozenset[str]] = frozenset({"variance"})
    tasks: ClassVar[frozenset[str]] = REGRESSION
    cost: ClassVar[str] = "n"
    evidence: ClassVar[str] = (
        "drawn to noise and outliers; for batches lcmd is the reference in regression"
    )
    source: ClassVar[str] = "Settles 2009, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the variance (n,); raises InvalidInput for a negative one."""
        found = np.asarray(view.array("variance"), np.float64)
        if (found < 0).any():
            raise InvalidInput("variance holds negative numbers; give variances, not log variances")
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how unsure the model is."""
        return [f"the model expects to be off by about {np.sqrt(score):.2g}" for score in scores]


class CommitteeVariance(Ranking):
    """Score the variance of the members' predictions (over t, not t − 1).

    Source: Burbidge, Rowland and King 2007 (query by committee for regression).
    """

    name: ClassVar[str] = "committee_variance"
    needs: ClassVar[frozenset[str]] = frozenset({"committee_mean"})
    tasks: ClassVar[frozenset[str]] = REGRESSION
    cost: ClassVar[str] = "members × n"
    evidence: ClassVar[str] = (
        "a fair first choice one by one; redundant in batches; fails where all members are wrong "
        "alike"
    )
    source: ClassVar[str] = "Burbidge, Rowland and King 2007"

    def score(self, view: View) -> FloatArray:
        """Return the variance (n,)."""
        return np.asarray(read_means(view).var(axis=0))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how far apart the members are."""
        means = read_means(view)[:, rows]
        ends = zip(means.min(axis=0), means.max(axis=0), strict=True)
        return [f"the models' guesses lie between {low:.4g} and {high:.4g}" for low, high in ends]


class ExpectedModelChangeRegression(Ranking):
    """Score mean_t ‖(f(x) − f_t(x)) [x, 1]‖: the gradient step if a member's guess were right.

    f is ``mean`` where given, else the mean of the members.

    Source: Cai, Zhang and Zhou 2013 (EMCM), equation 8, for a linear model with intercept.
    """

    name: ClassVar[str] = "expected_model_change_regression"
    needs: ClassVar[frozenset[str]] = frozenset({"committee_mean", "features"})
    tasks: ClassVar[frozenset[str]] = REGRESSION
    cost: ClassVar[str] = "n × (members + columns)"
    evidence: ClassVar[str] = (
        "above random and committee_variance in its authors' nine small sets; likes long vectors"
    )
    source: ClassVar[str] = "Cai, Zhang and Zhou 2013 (EMCM)"

    def score(self, view: View) -> FloatArray:
        """Return the expected length of the step (n,)."""
        members, features = read_means(view), view.array("features")
        if len(features) != len(view):
            raise InvalidInput(f"features has {len(features)} rows for {len(view)} candidates")
        own = np.asarray(view.array("mean")) if "mean" in view.provides else members.mean(axis=0)
        found = np.abs(own - members).mean(axis=0)
        for part, block in blocks(features):
            wide = np.asarray(block, np.float32)
            found[part] *= np.sqrt(1.0 + np.einsum("ij,ij->i", wide, wide, dtype=np.float64))
        return np.asarray(found)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how large the step is."""
        return [f"its answer asks for a large step: {score:.2g} on average" for score in scores]

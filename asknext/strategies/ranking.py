"""Ranking: the base of strategies that only give each candidate a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View


def wanted(view: View, k: int) -> int:
    """Return min(k, n); raises InvalidInput for a negative k."""
    if k < 0:
        raise InvalidInput(f"k is the number of picks, 0 or more; given: {k}")
    return min(k, len(view))


def top(score: FloatArray, k: int, rng: np.random.Generator) -> IntArray:
    """Return the rows of the k largest scores, largest first; `rng` alone decides ties.

    The first j of k rows are those that asking for j gives with the same generator.

    >>> top(np.array([0.1, 0.9, 0.5]), 2, np.random.default_rng(0)).tolist()
    [1, 2]
    """
    k = min(k, len(score))
    if k == 0:
        return np.empty(0, np.int64)
    luck = rng.random(len(score))
    least = np.partition(score, len(score) - k)[len(score) - k]
    rows = np.flatnonzero(score >= least)
    return np.asarray(rows[np.lexsort((luck[rows], -score[rows]))][:k])


def checked(score: FloatArray, view: View, strategy: type[Strategy] | Strategy) -> FloatArray:
    """Return finite scores (n,) as they are; raises InvalidInput for any others.

    An error is never turned into a score.
    """
    if score.shape != (len(view),):
        raise InvalidInput(
            f"{strategy.name} scored {len(view)} candidates with an array of shape {score.shape}; "
            "a score is one number per candidate"
        )
    bad = np.flatnonzero(~np.isfinite(score))
    if len(bad):
        needs = ", ".join(sorted(strategy.needs)) or "nothing"
        raise InvalidInput(
            f"{strategy.name} cannot score {len(bad)} of {len(view)} candidates, the first is "
            f"{view.candidates[bad[0]]!r}: NaN or infinite numbers in what it reads ({needs}); "
            "mend the model or the encoder that made them"
        )
    return score


def picks_of(
    strategy: type[Strategy] | Strategy,
    view: View,
    rows: IntArray,
    *,
    scores: FloatArray,
    reasons: Sequence[str],
    state: Mapping[str, Any] | None = None,
) -> Picks:
    """Build the Picks of these rows, in this order."""
    name = f"{strategy.name}@{strategy.version}"
    return Picks(
        tuple(
            Pick(view.candidates[row], score, reason, strategy=name)
            for row, score, reason in zip(rows.tolist(), scores.tolist(), reasons, strict=True)
        ),
        state or {},
    )


class Ranking(ABC):
    """Ask the candidates with the largest score first.

    A subclass sets `name`, `version`, `needs` and implements `score`.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]]
    tasks: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def score(self, view: View) -> FloatArray:
        """Return how much each candidate (n,) should be asked, larger first, all finite."""

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say to the annotator why each of these rows was picked; `scores` are theirs."""
        return [f"{self.name} ranks it high among what is left"] * len(rows)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return the min(k, n) candidates of the largest scores, largest first."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        score = checked(self.score(view), view, self)
        rows = top(score, k, rng)
        reasons = self.reasons(view, rows, score[rows])
        return picks_of(self, view, rows, scores=score[rows], reasons=reasons)

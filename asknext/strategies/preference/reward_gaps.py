"""Reward gaps: ask which of two answers is better where the reward model cannot tell."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking

PREFERENCE = frozenset({"preference"})


def sigmoid(values: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(−x)) in float64 without overflow."""
    from scipy.special import expit

    return np.asarray(expit(np.asarray(values, np.float64)))


def read_committee(view: View) -> FloatArray:
    """Return ``committee_gap`` (members, n); raises InvalidInput for another shape."""
    table = np.asarray(view.array("committee_gap"))
    if table.ndim != 2 or table.shape[1] != len(view) or table.shape[0] == 0:
        raise InvalidInput(
            f"committee_gap has shape {table.shape}; it must be (members, {len(view)})"
        )
    return table


class RewardGap(Ranking):
    """Score 2 σ(−|gap|): the model gives both answers almost the same reward.

    1 at a gap of 0; half of it is the chance, by Bradley and Terry, that the answer with the
    smaller reward is preferred.

    Source: uncertainty sampling in the model of Bradley and Terry 1952, as in Muldrew et al. 2024.
    """

    name: ClassVar[str] = "reward_gap"
    needs: ClassVar[frozenset[str]] = frozenset({"reward_gap"})
    tasks: ClassVar[frozenset[str]] = PREFERENCE
    cost: ClassVar[str] = "n"
    evidence: ClassVar[str] = (
        "Contested: small gaps won in one study, large ones in another, and near-ties are hard "
        "for people too; see moderate_gap."
    )
    source: ClassVar[str] = "Bradley and Terry 1952; Muldrew et al. 2024, section 3"

    def score(self, view: View) -> FloatArray:
        """Return the score (n,) in (0, 1]."""
        gap = np.asarray(view.array("reward_gap"), np.float64)
        return np.where(np.isfinite(gap), 2.0 * sigmoid(-np.abs(gap)), np.nan)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the chance of the better answer."""
        return [f"the model prefers one answer with {1 - s / 2:.0%} only" for s in scores]


class GapDisagreement(Ranking):
    """Score the standard deviation of the reward gap over the members of a committee.

    Source: Gleave and Irving 2022, section 3 (reward ensembles); Christiano et al. 2017, section
    2.2.4.
    """

    name: ClassVar[str] = "gap_disagreement"
    needs: ClassVar[frozenset[str]] = frozenset({"committee_gap"})
    tasks: ClassVar[frozenset[str]] = PREFERENCE
    cost: ClassVar[str] = "members × n"
    evidence: ClassVar[str] = (
        "Little or no gain over random with fine-tuned ensembles (Gleave and Irving 2022); "
        "random pairs are hard to beat with strong models."
    )
    source: ClassVar[str] = "Christiano et al. 2017, section 2.2.4; Gleave and Irving 2022"

    def score(self, view: View) -> FloatArray:
        """Return the standard deviation (n,)."""
        table = read_committee(view)
        found = np.empty(len(view))
        for start in range(0, len(view), BLOCK):
            part = slice(start, start + BLOCK)
            with np.errstate(invalid="ignore"):  # ∞ becomes NaN: the ranking names the candidate
                found[part] = table[:, part].std(axis=0, dtype=np.float64)
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how many members prefer the first answer."""
        gaps = read_committee(view)[:, rows]
        return [
            f"{first} of {len(gaps)} models prefer the first answer, and their margins differ"
            for first in (gaps > 0).sum(axis=0).tolist()
        ]

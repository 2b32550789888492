"""ALBL: a bandit that learns which of several strategies earns accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.adaptive.credit import own_state, settle
from asknext.strategies.ranking import wanted
from asknext.strategies.wrappers.mixture import Queues
from asknext.strategies.wrapping import Wrapper, whole_number

DELTA = 0.1  # of the bound that EXP4.P keeps
RECENT = 1_000  # answers that the accuracy is taken over, the latest


class Albl(Wrapper):
    """Draw at each place which strategy picks, by weights that EXP4.P learns from accuracy.

    The reward of an answer is the model's accuracy on what this wrapper asked so far, each answer
    weighted by 1 / its chance to be drawn, which makes it an estimate for the whole pool;
    `probability` of a pick is that chance. `horizon` is about how many answers are to come. The
    state holds weights, chances, and what is out.

    Source: Hsu and Lin 2015 (ALBL), section 4; the weighted accuracy is divided by the sum of
    the weights so that it stays in [0, 1], and a batch is drawn place by place.
    """

    wrapper: ClassVar[str] = "albl"
    reads: ClassVar[frozenset[str]] = frozenset({"labelled_proba"})
    serves: ClassVar[frozenset[str]] = frozenset({"classification"})
    draws: ClassVar[str] = "which strategy picks at each place"
    least: ClassVar[int] = 2
    cost: ClassVar[str] = "the sum of those inside"
    evidence: ClassVar[str] = (
        "In a re-benchmark on 26 binary sets +0.0018 AUBC over random (17 of 26), below plain "
        "margin's +0.0088. The reward is noisy: hundreds of answers are needed to tell arms apart."
    )
    source: ClassVar[str] = "Hsu and Lin 2015 (ALBL), section 4; EXP4.P of Beygelzimer et al. 2011"

    def __init__(self, *strategies: Strategy, horizon: int = 500) -> None:
        super().__init__(*strategies)
        self.horizon = whole_number(self.wrapper, "horizon", horizon)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks, having learnt from the answers since the last ones."""
        k = wanted(view, k)
        right = self._right(view)
        if k == 0:
            return Picks((), view.state)
        weights, asked, waiting = self._learn(view, right)
        shares = self.shares(weights)
        queues = Queues(self.strategies, view, k, rng)
        picks, records = list[Pick](), list[dict[str, Any]]()
        while len(picks) < k and (heads := queues.heads()):
            arms, chance = draw(heads, shares, rng)
            pick = heads[arms[0]]
            queues.take(pick)
            reason = f"{self.strategies[arms[0]].name}: {pick.reason}"
            score = -float(len(picks))
            picks.append(self.named(pick, reason=reason, score=score, probability=chance))
            records.append({"id": pick.id, "arms": arms, "chance": chance})
        state = {
            "of": self.name,
            "weights": weights.tolist(),
            "shares": shares.tolist(),
            "asked": asked,
            "open": waiting + records,
            "inner": queues.states,
        }
        return Picks(tuple(picks), state)

    def shares(self, weights: FloatArray) -> FloatArray:
        """Return with what chance each strategy is to pick."""
        arms = len(weights)
        least = min(1.0 / arms, math.sqrt(math.log(arms) / (arms * self.horizon)))
        return np.asarray((1.0 - arms * least) * weights / weights.sum() + least)

    def _learn(
        self, view: View, right: IntArray
    ) -> tuple[FloatArray, list[Any], list[dict[str, Any]]]:
        """Return the weights, [id, chance] of what was asked and answered, and what is out."""
        arms = len(self.strategies)
        kept = own_state(view, self.name)
        weights = np.array(kept.get("weights", np.full(arms, 1.0 / arms)), float)
        before = np.array(kept.get("shares", np.full(arms, 1.0 / arms)), float)
        asked = list(kept.get("asked", []))
        settled, waiting = settle(view, kept.get("open", []))
        asked = (asked + [[one.record["id"], one.record["chance"]] for one in settled])[-RECENT:]
        if not settled:
            return weights, asked, waiting
        reward = weighted_accuracy(view, right, asked)
        for one in settled:
            weights = self.updated(weights, before, one.record, reward)
        return weights, asked, waiting

    def updated(
        self, weights: FloatArray, shares: FloatArray, record: dict[str, Any], reward: float
    ) -> FloatArray:
        """Return the weights after one answer, adding up to 1."""
        arms = len(weights)
        least = min(1.0 / arms, math.sqrt(math.log(arms) / (arms * self.horizon)))
        earned = np.zeros(arms)
        earned[record["arms"]] = reward / record["chance"]
        bound = math.sqrt(math.log(arms / DELTA) / (arms * self.horizon)) / shares
        found = weights * np.exp(0.5 * least * (earned + bound))
        return np.asarray(found / found.sum())

    def _right(self, view: View) -> IntArray:
        """Return 1 where the model's answer to a labelled example is its label (m,), else 0."""
        proba = np.asarray(view.array("labelled_proba"))
        if proba.ndim != 2 or len(proba) != len(view.labelled):
            raise InvalidInput(
                f"labelled_proba has shape {proba.shape}; it must be ({len(view.labelled)}, "
                "classes), a row for each labelled example"
            )
        if not np.isfinite(proba).all():
            raise InvalidInput("labelled_proba holds NaN or infinite numbers; fit the model again")
        column = {name: number for number, name in enumerate(view.classes)}
        numbers = np.array([column.get(str(label), -1) for label in view.labels], np.int64)
        return np.asarray(proba.argmax(axis=1) == numbers, np.int64)


def draw(
    heads: dict[int, Pick], shares: FloatArray, rng: np.random.Generator
) -> tuple[list[int], float]:
    """Draw one strategy of those that want something, by their shares.

    Returns the strategies that want the same candidate, the drawn one first, and the chance of
    that candidate.
    """
    open_ = np.zeros(len(shares))
    open_[list(heads)] = shares[list(heads)]
    sums = np.cumsum(open_)
    drawn = min(int(np.searchsorted(sums, rng.random() * sums[-1], "right")), max(heads))
    same = [arm for arm in heads if heads[arm].id == heads[drawn].id and arm != drawn]
    arms = [drawn, *same]
    return arms, min(1.0, float(open_[arms].sum() / sums[-1]))


def weighted_accuracy(view: View, right: IntArray, asked: Sequence[Any]) -> float:
    """Return Σ right / chance ÷ Σ 1 / chance over what was asked and is labelled; in [0, 1]."""
    row_of = {example: row for row, example in enumerate(view.labelled)}
    known = [(row_of[example], chance) for example, chance in asked if example in row_of]
    if not known:
        return 0.0
    heavy = np.array([1.0 / chance for _, chance in known])
    return float(heavy @ right[[row for row, _ in known]] / heavy.sum())

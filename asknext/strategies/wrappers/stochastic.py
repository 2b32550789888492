"""Stochastic acquisition: draw by score instead of taking the top, with known chances."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, cast

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.wrapping import Wrapper, need_scores, positive, reasons_of, scores_of

SMALLEST = 1e-12  # a score of 0 has a small chance too, so that any batch size can be filled
RAREST = np.finfo(np.float64).tiny  # smallest chance that is reported


def gumbel_top(
    logits: FloatArray, k: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Draw k rows one after another without replacement, each with a chance ∝ exp(logit).

    Returns the rows (k,), their perturbed logits, which fall, and the chance (k,) of each among
    those that were left. The first j of k are those that asking for j gives.

    Source: Kool et al. 2019 (Gumbel top-k).

    >>> rows, keys, chances = gumbel_top(np.zeros(4), 4, np.random.default_rng(0))
    >>> sorted(rows.tolist()), chances.round(3).tolist()
    ([0, 1, 2, 3], [0.25, 0.333, 0.5, 1.0])
    """
    keys = logits + rng.gumbel(size=len(logits))
    order = np.argsort(-keys, kind="stable")
    in_order = logits[order]
    left = np.logaddexp.accumulate(in_order[::-1])[::-1][:k]
    chances = np.exp(np.minimum(in_order[:k] - left, 0.0))
    return order[:k], keys[order[:k]], np.maximum(chances, RAREST)


class Stochastic(Wrapper):
    """Draw candidates at random, likelier the higher the score of the strategy inside."""

    draws: ClassVar[str] = "the picks themselves"
    cost: ClassVar[str] = "that of the strategy inside, and a sort of n numbers"

    def __init__(self, strategy: Strategy, beta: float = 1.0) -> None:
        super().__init__(strategy)
        need_scores(self.wrapper, [strategy])
        self.beta = positive(self.wrapper, "beta", beta)

    @abstractmethod
    def logits(self, score: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the logarithms (n,) of what the chances are proportional to."""

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) draws; each pick's probability is its chance at its place."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        score = scores_of(self.strategy, view)
        rows, keys, chances = gumbel_top(self.logits(score, rng), k, rng)
        reasons = [f"drawn by chance: {why}" for why in reasons_of(self.strategy, view, rows)]
        made = picks_of(cast("Strategy", self), view, rows, scores=keys, reasons=reasons)
        drawn = zip(made, chances.tolist(), strict=True)
        return Picks(tuple(self.named(pick, probability=chance) for pick, chance in drawn))


class Power(Stochastic):
    """Draw candidates with a chance ∝ score^β: batches that differ, at the price of a ranking.

    A score below 1e-12 counts as 1e-12. The pick's score is β log score plus Gumbel noise.
    """

    wrapper: ClassVar[str] = "power"
    evidence: ClassVar[str] = (
        "Its authors: as good as BatchBALD and BADGE at a fraction of the cost. The chances are "
        "known, so estimates from the answers can be made unbiased."
    )
    source: ClassVar[str] = "Kirsch et al. 2023 (2106.12059), section 3, power acquisition"

    def logits(self, score: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return β log score (n,); raises InvalidInput for a score below 0."""
        if (score < 0).any():
            raise InvalidInput(
                f"power draws by score^beta and {self.strategy.name} gives scores below 0; write "
                f"softmax({self.strategy.name}) or softrank({self.strategy.name})"
            )
        return np.asarray(self.beta * np.log(np.maximum(score, SMALLEST)))


class Softmax(Stochastic):
    """Draw candidates with a chance ∝ exp(β × score). The pick's score is β × score plus noise."""

    wrapper: ClassVar[str] = "softmax"
    evidence: ClassVar[str] = (
        "Its authors find power a little better; with scores between 0 and 1 and beta = 1 it is "
        "close to random, so choose beta by the spread of the scores."
    )
    source: ClassVar[str] = "Kirsch et al. 2023 (2106.12059), section 3, softmax acquisition"

    def logits(self, score: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return β × score (n,)."""
        return np.asarray(self.beta * score)


class Softrank(Stochastic):
    """Draw candidates with a chance ∝ rank^−β, whatever the scale of the scores; ties by chance.

    The pick's score is −β log rank plus Gumbel noise.
    """

    wrapper: ClassVar[str] = "softrank"
    evidence: ClassVar[str] = (
        "Its authors: the robust one where scores are ill scaled; otherwise like power."
    )
    source: ClassVar[str] = "Kirsch et al. 2023 (2106.12059), section 3, soft-rank acquisition"

    def logits(self, score: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return −β log rank (n,), rank 1 for the largest score."""
        rank = np.empty(len(score))
        rank[np.lexsort((rng.random(len(score)), -score))] = np.arange(1, len(score) + 1)
        return np.asarray(-self.beta * np.log(rank))

"""CRF entropy: the exact entropy of all paths of a linear-chain conditional random field."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking
from asknext.strategies.runs import by_length, read_runs
from asknext.strategies.sequences.tokens import TAGGING
from asknext.strategies.sequences.whole import spread_over


class CrfEntropy(Ranking):
    """Score the entropy of the distribution over all tag sequences of a linear-chain CRF.

    A path scores the sum of its ``token_logit`` and of its ``transition`` scores (from, to); what
    a model adds for starting or ending in a tag belongs into the logits of the first and last
    token, and a forbidden step is a large negative number (-1e4), not −∞. An empty text scores 0.

    Source: Mann and McCallum 2007, section 4, by the forward recursion of Hernando et al. 2005.
    """

    name: ClassVar[str] = "crf_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"token_logit", "transition"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = "tokens × tags²"
    evidence: ClassVar[str] = (
        "Among the best on several tasks in Settles and Craven 2008; prefers long texts."
    )
    source: ClassVar[str] = "Mann and McCallum 2007; Settles and Craven 2008, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        runs = read_runs(view, "token_logit")
        step = np.asarray(view.array("transition"), np.float64)
        _check(runs.values, step)
        found = np.zeros(len(view))
        for rows, where in by_length(runs, max(1, 4 * BLOCK // len(step))):
            found[rows] = chain_entropies(runs.values[where], step)
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many sequences the model is spread."""
        return spread_over(scores)


def _check(logit: FloatArray, step: FloatArray) -> None:
    if logit.ndim != 2 or step.shape != (logit.shape[1], logit.shape[1]) or not step.size:
        raise InvalidInput(
            f"token_logit has rows of shape {logit.shape[1:]} and transition is {step.shape}; "
            "they must be (tags,) and (tags, tags)"
        )
    if not np.isfinite(step).all():
        raise InvalidInput(
            "transition holds NaN or infinite numbers; give a forbidden step a large negative "
            "score such as -1e4"
        )


def chain_entropies(logit: FloatArray, step: FloatArray) -> FloatArray:
    """Return the entropy (r,) over all paths of r chains, logits (r, length, tags), in nats.

    `step` (tags, tags) is the score of going from a tag to the next. All terms are positive, so
    small entropies are exact too.

    Source: Hernando et al. 2005, the forward recursion H(j) = Σ p(i|j) (H(i) − log p(i|j)).

    >>> chain_entropies(np.zeros((1, 3, 2)), np.zeros((2, 2))).round(4).tolist()  # log 8
    [2.0794]
    """
    values = np.asarray(logit, np.float64)
    ahead: FloatArray = values[:, 0]
    entropy: FloatArray = np.zeros_like(ahead)
    for token in range(1, values.shape[1]):
        ahead, entropy = _forward(ahead[:, :, None] + step, entropy)
        ahead -= ahead.max(axis=1, keepdims=True)  # small, so that rounding is small too
        ahead += values[:, token]
    _, found = _forward(ahead[:, :, None], entropy)
    return found[:, 0]


def _forward(scores: FloatArray, entropy: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log-sum-exp (r, to) of scores (r, from, to), and the entropy (r, to) up to there."""
    largest = scores.max(axis=1, keepdims=True)
    came = np.exp(scores - largest)
    total = came.sum(axis=1, keepdims=True)
    came /= total
    ahead = largest + np.log(total)
    surprise = ahead - scores  # −log of the share that came from there
    surprise += entropy[:, :, None]
    return ahead[:, 0], np.asarray(np.einsum("rij,rij->rj", came, surprise))

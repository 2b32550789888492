"""Sequence uncertainty: how unsure the model is of a whole sequence of tags or words."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray, blocks
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking
from asknext.strategies.runs import means, sums
from asknext.strategies.sequences.tokens import (
    PER_TOKEN,
    TAGGING,
    read_tags,
    token_entropies,
)

SEQUENCES = frozenset({"tagging", "generation"})
SMALLEST = np.finfo(np.float64).tiny  # log of a probability of 0, kept finite


def logprobs(view: View) -> FloatArray:
    """Return ``sequence_logprob`` (n,); raises InvalidInput where one is above 0."""
    found = np.asarray(view.array("sequence_logprob"), np.float64)
    if (found > 1e-6).any():
        raise InvalidInput(
            f"sequence_logprob holds {found.max():.4g}; a log-probability is at most 0"
        )
    return np.minimum(found, 0.0)


def lengths(view: View) -> FloatArray:
    """Return ``sequence_length`` (n,), 1 for an empty one; raises InvalidInput below 0."""
    found = np.asarray(view.array("sequence_length"), np.float64)
    bad = np.flatnonzero(~(np.isfinite(found) & (found >= 0)))
    if len(bad):
        raise InvalidInput(
            f"sequence_length holds {found[bad[0]]:.4g}; lengths are finite numbers, 0 or more"
        )
    return np.maximum(found, 1.0)


def surprise(view: View) -> FloatArray:
    """Return −log p(best sequence) / its length (n,), in nats per token."""
    return np.asarray(-logprobs(view) / lengths(view))


def per_token(scores: FloatArray) -> list[str]:
    """Say what probability an average token has."""
    return [f"the model gives a token {np.exp(-s):.0%} on average" for s in scores]


class Mnlp(Ranking):
    """Score −1/length · Σ log p(likeliest tag), for tags that are predicted independently.

    An empty text scores 0. For a model that finds its best path otherwise (a CRF, a decoder),
    `sequence_logprob` is the same score of the path itself.

    Source: Shen et al. 2017, equation 1 (maximum normalised log-probability).
    """

    name: ClassVar[str] = "mnlp"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "Near full quality with 25 % of OntoNotes in its paper; in ours +2.6 ± 0.5 and +2.3 ± "
        "0.4 points of token F1 over random at equal tokens. Counted in hours the saving may "
        "vanish."
    )
    source: ClassVar[str] = "Shen et al. 2017, section 4, equation 1"

    def score(self, view: View) -> FloatArray:
        """Return the mean (n,) of −log p(likeliest tag), in nats."""
        runs = read_tags(view)
        best = runs.values.max(axis=1).astype(np.float64)
        return means(-np.log(np.maximum(best, SMALLEST)), runs)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the probability of an average token."""
        return per_token(scores)


class SequenceConfidence(Ranking):
    """Score −log p(best sequence): the order of 1 − p, which long texts would all round to 1.

    Source: Culotta and McCallum 2005, section 3 (least confidence).
    """

    name: ClassVar[str] = "sequence_confidence"
    needs: ClassVar[frozenset[str]] = frozenset({"sequence_logprob"})
    tasks: ClassVar[frozenset[str]] = SEQUENCES
    cost: ClassVar[str] = "n"
    evidence: ClassVar[str] = "Prefers long texts: judge it by tokens or minutes, not by texts."
    source: ClassVar[str] = "Culotta and McCallum 2005, section 3"

    def score(self, view: View) -> FloatArray:
        """Return −log p (n,) in nats."""
        return -logprobs(view)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the probability of the best sequence."""
        return [f"the model trusts its best answer to {np.exp(-s):.2g} only" for s in scores]


class SequenceLogprob(Ranking):
    """Score −log p(best sequence) / its length: tokens were unlikely on average.

    Source: Shen et al. 2017, equation 1; as normalised sequence probability in Ueffing and Ney
    2007.
    """

    name: ClassVar[str] = "sequence_logprob"
    needs: ClassVar[frozenset[str]] = frozenset({"sequence_logprob", "sequence_length"})
    tasks: ClassVar[frozenset[str]] = SEQUENCES
    cost: ClassVar[str] = "n"
    evidence: ClassVar[str] = (
        "At best like random for summaries and translations: unlikely texts are often noise."
    )
    source: ClassVar[str] = "Ueffing and Ney 2007; Shen et al. 2017, equation 1"

    def score(self, view: View) -> FloatArray:
        """Return the mean surprise of a token (n,) in nats."""
        return surprise(view)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the probability of an average token."""
        return per_token(scores)


class SequenceEntropy(Ranking):
    """Score the entropy of the whole sequence, exact for tags predicted independently.

    There it is the sum of the token entropies; `crf_entropy` is exact for a linear-chain CRF and
    `nbest_entropy` is the approximation for everything else.

    Source: Settles and Craven 2008, section 3.1 (sequence entropy).
    """

    name: ClassVar[str] = "sequence_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "Among the best on several CRF tasks in its paper, for a fixed number of texts; it "
        "prefers long ones. At equal tokens +1.9 ± 0.5 and +1.7 ± 0.5 points of token F1 over "
        "random in ours."
    )
    source: ClassVar[str] = "Settles and Craven 2008, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        runs = read_tags(view)
        return sums(token_entropies(runs.values), runs)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many sequences the model is spread."""
        return spread_over(scores)


class NbestEntropy(Ranking):
    """Score the entropy of the N best (or sampled) sequences, their probabilities scaled to 1.

    An approximation: what lies outside the N best is not looked at.

    Source: Kim et al. 2006; Settles and Craven 2008, section 3.1 (N-best sequence entropy).
    """

    name: ClassVar[str] = "nbest_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"sample_logprob"})
    tasks: ClassVar[frozenset[str]] = SEQUENCES
    cost: ClassVar[str] = "n × samples"
    evidence: ClassVar[str] = "Close to sequence entropy on CRFs in Settles and Craven 2008."
    source: ClassVar[str] = "Kim et al. 2006; Settles and Craven 2008, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        table = view.array("sample_logprob")
        if table.ndim != 2 or table.shape[1] == 0:
            raise InvalidInput(f"sample_logprob must be (n, samples); given: {table.shape}")
        found = np.empty(len(table))
        for part, values in blocks(table, BLOCK):
            found[part] = token_entropies(shares(values))
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many sequences the model is spread."""
        return spread_over(scores)


def shares(logprob: FloatArray) -> FloatArray:
    """Return probabilities (n, s) that sum to 1 from log-probabilities. NaN stays NaN.

    >>> shares(np.log([[0.1, 0.3]])).round(2).tolist()
    [[0.25, 0.75]]
    """
    values = np.asarray(logprob, np.float64)
    with np.errstate(invalid="ignore"):  # NaN in, NaN out: the ranking names the candidate
        found = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(found / found.sum(axis=1, keepdims=True))


def spread_over(scores: FloatArray) -> list[str]:
    """Say over how many sequences the model is spread."""
    return [f"the model is torn between about {np.exp(min(s, 50.0)):.3g} answers" for s in scores]

"""Samples: ask where texts sampled from the model differ, in letters or in meaning."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.generation.chrf import disagreements
from asknext.strategies.generation.likelihood import GENERATION
from asknext.strategies.ranking import Ranking
from asknext.strategies.sequences.whole import shares


class SampleDisagreement(Ranking):
    """Score the mean of (1 − chrF)² over all pairs of the sampled texts.

    Source: Xiao et al. 2020, section 3.2 (BLEUVar); chrF instead of BLEU works for texts without
    spaces and for short ones.
    """

    name: ClassVar[str] = "sample_disagreement"
    needs: ClassVar[frozenset[str]] = frozenset({"samples"})
    tasks: ClassVar[frozenset[str]] = GENERATION
    cost: ClassVar[str] = "n × samples² × characters; before that the samples"
    evidence: ClassVar[str] = (
        "Alone at best like random in summarising: the most disputed texts are noise; good once "
        "those are cut off (DUAL)."
    )
    source: ClassVar[str] = "Xiao et al. 2020, section 3.2 (BLEUVar); Popović 2015 (chrF)"

    def score(self, view: View) -> FloatArray:
        """Return the disagreement (n,), from 0 to 1."""
        return disagreements(read_samples(view))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how many different texts the model wrote."""
        samples = [list(view.array("samples")[row]) for row in rows]
        return [
            f"asked {len(texts)} times, the model wrote {len(set(texts))} different answers"
            for texts in samples
        ]


def read_samples(view: View) -> list[list[str]]:
    """Return ``samples``, s texts for each of n; raises InvalidInput where one is no text."""
    table = view.array("samples")
    if table.ndim != 2 or len(table) != len(view):
        raise InvalidInput(f"samples has shape {table.shape}; it must be ({len(view)}, samples)")
    texts: list[list[str]] = table.tolist()
    for example, row in zip(view.candidates, texts, strict=True):
        if not all(isinstance(text, str) for text in row):
            raise InvalidInput(f"samples of {example!r} hold something that is no text: {row!r}")
    return texts


class SemanticEntropy(Ranking):
    """Score the entropy over the meanings of the sampled texts.

    In order, a sample joins the first group whose first member's vector has a cosine of
    `threshold` or more with its own, or opens a group. A group's probability is the sum of those
    of its samples, exp(``sample_logprob``), scaled to 1 over all samples.

    Source: Kuhn et al. 2023, section 3, and Farquhar et al. 2024; they group by entailment in
    both directions, we by the cosine of sentence vectors, which needs no further model.
    """

    name: ClassVar[str] = "semantic_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"sample_embedding", "sample_logprob"})
    tasks: ClassVar[frozenset[str]] = GENERATION
    cost: ClassVar[str] = "n × samples² × columns; before that the samples and their vectors"
    evidence: ClassVar[str] = (
        "Finds wrong answers better than token entropy in its papers; as a rule for what to "
        "label it is little tested, and cosines are coarser than entailment."
    )
    source: ClassVar[str] = "Kuhn et al. 2023, section 3; Farquhar et al. 2024"

    def __init__(self, threshold: float = 0.9) -> None:
        if not 0.0 < threshold <= 1.0:
            raise InvalidInput(f"threshold is a cosine in (0, 1]; given: {threshold}")
        self.threshold = threshold

    def score(self, view: View) -> FloatArray:
        """Return the entropy (n,) in nats."""
        vectors, logprob = view.array("sample_embedding"), view.array("sample_logprob")
        if vectors.ndim != 3 or vectors.shape[:2] != logprob.shape or not logprob.shape[1]:
            raise InvalidInput(
                f"sample_embedding is {vectors.shape} and sample_logprob {logprob.shape}; they "
                "must be (n, samples, columns) and (n, samples)"
            )
        found = np.empty(len(vectors))
        step = max(1, BLOCK // vectors.shape[1])
        for start in range(0, len(vectors), step):
            part = slice(start, start + step)
            group = meanings(vectors[part], self.threshold)
            found[part] = group_entropies(group, shares(logprob[part]))
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how many meanings the samples have."""
        vectors = view.array("sample_embedding")[rows]
        return [
            f"asked {len(group)} times, the model gave {len(set(group))} answers of different "
            "meaning"
            for group in meanings(vectors, self.threshold).tolist()
        ]


def meanings(vectors: FloatArray, threshold: float) -> IntArray:
    """Return for each sample (n, s) the first sample of its group.

    Raises:
        InvalidInput: NaN or infinite numbers.

    >>> meanings(np.array([[[1.0, 0.0], [0.0, 2.0], [3.0, 0.1]]]), 0.9).tolist()
    [[0, 1, 0]]
    """
    values = np.asarray(vectors, np.float64)
    lengths = np.sqrt(np.einsum("nsd,nsd->ns", values, values))[:, :, None]
    if not np.isfinite(lengths).all():
        raise InvalidInput("sample_embedding holds NaN or infinite numbers; mend the encoder")
    values = values / np.where(lengths > 0, lengths, 1.0)
    count = values.shape[1]
    found = np.tile(np.arange(count), (len(values), 1))
    for later in range(1, count):
        cosine = np.einsum("nsd,nd->ns", values[:, :later], values[:, later])
        opens = found[:, :later] == np.arange(later)
        joins = opens & (cosine >= threshold - 1e-12)
        found[:, later] = np.where(joins.any(axis=1), joins.argmax(axis=1), later)
    return found


def group_entropies(group: IntArray, share: FloatArray) -> FloatArray:
    """Return the entropy (n,) over groups, the shares (n, s) of their members added up."""
    total = np.zeros_like(share)
    np.add.at(total, (np.arange(len(group))[:, None], group), share)
    logs = np.log(np.where(total > 0, total, 1.0))
    return np.asarray(0.0 - (total * logs + 0.0 * share).sum(axis=1))

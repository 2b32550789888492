"""Contrastive: ask what lies near labelled examples and is predicted differently."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.view import View
from asknext.strategies.kernels.reading import Vectors, squared_lengths, tiles
from asknext.strategies.probabilities import read_proba
from asknext.strategies.ranking import Ranking
from asknext.strategies.wrapping import whole_number

ROOM = 4  # tiles are larger than the nearest cache: the product itself is what costs
GROUP = 8  # columns of which the largest is looked at first
RAREST = 1e-12  # a smaller probability counts as this one under the logarithm


class Contrastive(Ranking):
    """Score the mean KL(p of a neighbour ‖ p of the candidate) over its 10 nearest labelled.

    Neighbours at equal distance share the places that are left, so nothing hangs on the order
    of the labels.

    Source: Margatina et al. 2021 (CAL), section 3.
    """

    name: ClassVar[str] = "cal"
    needs: ClassVar[frozenset[str]] = frozenset(
        {"proba", "embedding", "labelled_embedding", "labelled_proba"}
    )
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × labelled × columns"
    evidence: ClassVar[str] = (
        "Its authors: as good as or better than the best baseline on 7 sets. Others: +0.8 F1 "
        "over random with a fine-tuned encoder, below random with frozen vectors and in few-shot "
        "prompting."
    )
    source: ClassVar[str] = "Margatina et al. 2021 (CAL), section 3"

    def __init__(self, neighbours: int = 10) -> None:
        self.neighbours = whole_number(self.name, "neighbours", neighbours)

    def score(self, view: View) -> FloatArray:
        """Return the mean divergence (n,) in nats."""
        proba = read_proba(view)
        known, known_proba = _labelled(view, proba.shape[1])
        minus_entropy = np.einsum("ij,ij->i", known_proba, _log(known_proba))
        half = (0.5 * squared_lengths(known)).astype(np.float32)
        score = np.empty(len(view))
        for block in Vectors(view.embedding).blocks():
            for tile in tiles(len(block.vectors), len(known) // ROOM):
                rows = slice(block.part.start + tile.start, block.part.start + tile.stop)
                rows = slice(rows.start, min(rows.stop, block.part.stop))
                near = block.vectors[tile] @ known.T
                near -= half
                shares = nearest_shares(near, self.neighbours)
                cross = np.einsum("ij,ij->i", shares @ known_proba, _log(proba[rows]))
                score[rows] = shares @ minus_entropy - cross
        return score

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how the candidate differs from its neighbours."""
        proba = read_proba(view)[rows]
        names = view.classes if len(view.classes) == proba.shape[1] else ()
        if not names:
            return ["similar to labelled examples, yet the model answers differently"] * len(rows)
        return [
            f"similar to labelled examples, yet the model answers differently: “{names[best]}”"
            for best in proba.argmax(axis=1)
        ]


def _labelled(view: View, classes: int) -> tuple[FloatArray, FloatArray]:
    """Return the vectors (m, d) and probabilities (m, c) of the labelled, checked."""
    table = view.labelled_embedding
    if not len(table):
        raise Unsupported(
            "cal compares candidates with labelled examples and there are none yet; label a few "
            "first, with typiclust or random"
        )
    proba = np.asarray(view.array("labelled_proba"), np.float64)
    if proba.shape != (len(table), classes):
        raise InvalidInput(
            f"labelled_proba has shape {proba.shape}; it must be ({len(table)}, {classes}): a row "
            "for each of labelled_embedding, the columns of proba"
        )
    if not np.isfinite(proba).all():
        raise InvalidInput("labelled_proba holds NaN or infinite numbers; fit the model again")
    known = Vectors(table, "labelled_embedding").rows(np.arange(len(table)))
    return known, proba


def _log(proba: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(proba, RAREST, dtype=np.float64)))


def nearest_shares(nearness: FloatArray, k: int) -> csr_array:
    """Return weights (b, m), 1 / k on the k largest of each row; ties share what is left for them.

    >>> nearest_shares(np.array([[3.0, 1.0, 2.0, 2.0]]), 2).toarray().tolist()
    [[0.5, 0.0, 0.25, 0.25]]
    """
    count, m = nearness.shape
    k = min(k, m)
    where = np.flatnonzero(nearness >= _low_bar(nearness, k)[:, None])
    row, near = where // m, nearness.reshape(-1)[where]
    starts = np.searchsorted(row, np.arange(count + 1))
    least = _kth_largest(near, row, starts, k)[row]
    sure, tied = near > least, near == least
    left = k - np.add.reduceat(sure, starts[:-1], dtype=np.int64)
    ties = np.add.reduceat(tied, starts[:-1], dtype=np.int64)
    weights = (sure + tied * (left / ties)[row]) / k
    return csr_array((weights, where - row * m, starts), shape=(count, m))


def _kth_largest(near: FloatArray, row: IntArray, starts: IntArray, k: int) -> FloatArray:
    """Return the k-th largest (b,) of each run of numbers; row i has starts[i] to starts[i + 1]."""
    widest = int(np.diff(starts).max())
    padded = np.full((len(starts) - 1, widest), -np.inf, near.dtype)
    padded[row, np.arange(len(row)) - starts[row]] = near
    return np.asarray(np.partition(padded, widest - k, axis=1)[:, widest - k])


def _low_bar(nearness: FloatArray, k: int) -> FloatArray:
    """Return a bar (b,) that the k largest of each row reach, and few others."""
    count, m = nearness.shape
    wide = m // GROUP
    if wide < k:
        return np.asarray(np.partition(nearness, m - k, axis=1)[:, m - k])
    # The k-th largest of the groups' maxima cannot exceed the k-th largest of all.
    largest = nearness[:, : GROUP * wide].reshape(count, GROUP, wide).max(axis=1)
    return np.asarray(np.partition(largest, wide - k, axis=1)[:, wide - k])

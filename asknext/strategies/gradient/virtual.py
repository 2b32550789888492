"""Virtual adversarial: ask where a small push changes what the linear head says most."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.head import NEEDS, Head, first_two, softmax
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.kernels.seeding import ONE_BY_ONE, draw_spread, lengths_of
from asknext.strategies.ranking import Ranking, checked, picks_of, top, wanted
from asknext.strategies.wrapping import positive

STEPS = 4  # of the power method; the authors take one


def pushes(logits: FloatArray, gram: FloatArray) -> FloatArray:
    """Return u (n, c) so that Wᵀu, of length 1, is the push that changes softmax(logits) most.

    The change is the KL divergence, whose curvature is Wᵀ(diag p − p pᵀ)W: its first eigenvector
    is found by the power method within the span of the weights, so features are not needed. It
    begins at w_first − w_second. Zero where no push changes anything.
    """
    proba = softmax(logits)
    first, second = first_two(logits)
    row = np.arange(len(logits))
    found = np.zeros_like(logits)
    found[row, first] += 1.0
    found[row, second] -= 1.0
    found = _of_length_one(found, gram)
    for _ in range(STEPS):
        moved = found @ gram
        found = proba * (moved - np.einsum("ij,ij->i", proba, moved)[:, None])
        found = _of_length_one(found, gram)
    return found


def _of_length_one(found: FloatArray, gram: FloatArray) -> FloatArray:
    squares = np.einsum("ij,ij->i", found @ gram, found)
    lengths = np.sqrt(np.maximum(squares, 0.0))[:, None]
    return np.where(lengths > 0, found / np.where(lengths > 0, lengths, 1.0), 0.0)


def divergences(
    logits: FloatArray, push: FloatArray, gram: FloatArray, radius: float
) -> tuple[FloatArray, FloatArray]:
    """Return KL(p ‖ p pushed by `radius`) (n,), the larger of both ways, and its sign (n,)."""
    before = _log_softmax(logits)
    proba = np.exp(before)
    moved = radius * (push @ gram)
    both = [
        np.einsum("ij,ij->i", proba, before - _log_softmax(logits + sign * moved))
        for sign in (1.0, -1.0)
    ]
    return np.maximum(np.maximum(*both), 0.0), np.where(both[0] >= both[1], 1.0, -1.0)


def _log_softmax(logits: FloatArray) -> FloatArray:
    centred = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(centred - np.log(np.exp(centred).sum(axis=1, keepdims=True)))


class Vat(Ranking):
    """Score the KL divergence that the worst push of length `radius` causes in the linear head.

    Source: Miyato et al. 2018 (virtual adversarial training), section 3.2, as a score.
    """

    name: ClassVar[str] = "vat"
    needs: ClassVar[frozenset[str]] = NEEDS
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × classes × (features + classes)"
    evidence: ClassVar[str] = (
        "Close to margin for a linear head, as what is near a boundary moves most; no study of "
        "it alone on text."
    )
    source: ClassVar[str] = "Miyato et al. 2018, section 3.2; the push in closed form on the head"

    def __init__(self, radius: float = 0.1) -> None:
        self.radius = positive(self.name, "radius", radius)

    def score(self, view: View) -> FloatArray:
        """Return the divergence (n,) in nats."""
        head = Head(view)
        gram = head.gram()
        score = np.empty(len(view))
        for part, _, logits in head.blocks():
            push = pushes(logits, gram)
            score[part] = divergences(logits, push, gram, self.radius)[0]
        return score

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say that the answer is not robust."""
        return ["a tiny change of wording could change what the model answers"] * len(rows)


class Vapal:
    """Draw k-means++ centres among the pushes that change the linear head's answer most.

    A push is as long as the root of the divergence it causes, so that fragile answers come
    first and a batch holds pushes of different directions. The first pick has the longest; each
    other is drawn in proportion to its squared distance to the nearest pick, and `probability`
    is the chance of that. A score is the distance, or that of the pick before if smaller.

    Source: Zhang et al. 2021 (VAPAL), who give all pushes one length and take k-means centres;
    with a linear head and two classes those would all be the same.
    """

    name: ClassVar[str] = "vapal"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = NEEDS
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "each pick after the first, by its distance to those before"
    cost: ClassVar[str] = "n × classes × (features + classes + k)"
    evidence: ClassVar[str] = (
        "Its authors, with fine-tuned encoders: equal to or better than BADGE and ALPS on AG News, "
        "IMDB, PubMed, SST-2. On a linear head it is a cheaper relative of BADGE."
    )
    source: ClassVar[str] = "Zhang et al. 2021 (VAPAL), section 3; k-means++ as in BADGE"

    def __init__(self, radius: float = 0.1) -> None:
        self.radius = positive(self.name, "radius", radius)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        points = self._points(view)
        checked(points.sum(axis=1), view, self)
        table = [Vectors(points, "pushes")]
        first = int(top(lengths_of(table), 1, rng)[0])
        drawn = draw_spread(table, k, rng, first=first, proposals=ONE_BY_ONE)
        reasons = ["a tiny change of wording could change the answer, in a way of its own"] * k
        scores = np.minimum.accumulate(np.sqrt(drawn.squares))
        picks = picks_of(self, view, drawn.rows, scores=scores, reasons=reasons)
        chances = zip(picks, drawn.chances.tolist(), strict=True)
        return Picks(tuple(replace(pick, probability=chance) for pick, chance in chances))

    def _points(self, view: View) -> FloatArray:
        """Return coordinates (n, c) of the pushes in the span of the weights."""
        head = Head(view)
        gram = head.gram()
        values, vectors = np.linalg.eigh(gram)
        turn = vectors * np.sqrt(np.maximum(values, 0.0))
        points = np.empty((len(view), head.classes), np.float32)
        for part, _, logits in head.blocks():
            push = pushes(logits, gram)
            size, sign = divergences(logits, push, gram, self.radius)
            points[part] = (push @ turn) * (sign * np.sqrt(size))[:, None]
        return points

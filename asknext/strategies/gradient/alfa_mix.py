"""ALFA-Mix: ask what changes its label when a little of the labelled examples is mixed in."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import Unsupported
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.grouping import by_group
from asknext.strategies.head import NEEDS, Head, softmax
from asknext.strategies.kernels.reading import Vectors, squared_distances, unit
from asknext.strategies.ranking import checked, picks_of, wanted

STEP = 1.0 / 32.0  # by which the share that is mixed in grows until enough labels change
CLUSTERED = 5_000  # candidates of smallest share that are clustered, or 10 for each pick


def flipping_shares(view: View) -> FloatArray:
    """Return the smallest share ε (n,) of mixing that changes the predicted label.

    With the closed form of the optimal mixing, x is moved along the gradient of the loss at its
    predicted label by ε × its distance to an anchor: the mean of the labelled features of a class.
    The furthest anchor asks for the smallest ε, and along a line the linear head changes its
    label at a point that can be computed. Infinite where it never does.
    """
    head, anchors = Head(view), class_means(view)
    gram = head.gram()
    found = np.empty(len(view))
    for part, features, logits in head.blocks():
        furthest = np.sqrt(squared_distances(features, anchors).max(axis=1))
        length = _flipping_length(logits, gram)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[part] = np.where(length > 0, length / furthest, 0.0)
    return found


def _flipping_length(logits: FloatArray, gram: FloatArray) -> FloatArray:
    """Return how far (n,) x can go along the gradient of its loss before the label changes."""
    row, own = np.arange(len(logits)), logits.argmax(axis=1)
    error = softmax(logits)
    error[row, own] -= 1.0
    slope = error @ gram
    steepness = np.sqrt(np.maximum(np.einsum("ij,ij->i", slope, error), 0.0))[:, None]
    gaps = logits[row, own][:, None] - logits
    closing = slope - slope[row, own][:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        lengths = np.where(closing > 0, gaps * steepness / closing, np.inf)
    lengths[row, own] = np.inf
    return np.asarray(lengths.min(axis=1))


def class_means(view: View) -> FloatArray:
    """Return the mean features (classes seen, d) of the labelled of each class, float32."""
    table = view.array("labelled_features")
    if not len(table):
        raise Unsupported(
            "alfa_mix mixes candidates with labelled examples and there are none yet; label a few "
            "first, with typiclust or random"
        )
    features = Vectors(table, "labelled_features").rows(np.arange(len(table)))
    numbers = {label: i for i, label in enumerate(dict.fromkeys(map(str, view.labels)))}
    of_class = np.array([numbers[str(label)] for label in view.labels], np.int64)
    return np.array(
        [features[of_class == i].mean(axis=0, dtype=np.float64) for i in numbers.values()],
        np.float32,
    )


class AlfaMix:
    """Cluster the candidates whose label a small share of mixing changes; ask each centre.

    The share grows in steps of 1/32 until as many candidates as are wanted change their label.
    A score is 1 / (1 + ε) of the candidate's own ε, or that of the pick before if smaller.

    Source: Parvaneh et al. 2022 (ALFA-Mix), section 3, closed form (equation 5). We solve for ε
    instead of trying steps with each anchor, and build the batch in waves.
    """

    name: ClassVar[str] = "alfa_mix"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = NEEDS | {"labelled_features"}
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "the first centres of k-means"
    cost: ClassVar[str] = "n × classes × features, then k-means of 5,000 or 10 k"
    evidence: ClassVar[str] = (
        "Its authors: best in most of 30 settings, most of them images; few independent studies "
        "and none on text with frozen vectors."
    )
    source: ClassVar[str] = "Parvaneh et al. 2022 (ALFA-Mix), section 3, equation 5"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        shares = flipping_shares(view)
        score = checked(1.0 / (1.0 + shares), view, self)
        order = np.lexsort((rng.random(len(score)), shares))
        order = order[: max(CLUSTERED, 20 * k)]
        points = unit(Vectors(view.array("features"), "features").rows(order))
        rows = order[by_group(points, k, rng, reach=partial(_reach, shares[order]))]
        scores = np.minimum.accumulate(score[rows])
        return picks_of(self, view, rows, scores=scores, reasons=_reasons(shares[rows]))


def _reach(shares: FloatArray, total: int) -> int:
    """Return how many of the sorted shares the first step that gives `total` of them reaches."""
    last = shares[min(total, len(shares)) - 1]
    cap = np.ceil(last / STEP) * STEP if np.isfinite(last) else np.inf
    within = int(np.searchsorted(shares, cap, "right"))
    return min(within, max(CLUSTERED, 10 * total))


def _reasons(shares: FloatArray) -> list[str]:
    return [
        f"mixing in {share:.0%} of labelled examples changes the model's answer"
        if share < 1
        else "one of those left after all whose answer changes easily"
        for share in shares
    ]

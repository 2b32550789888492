"""Boundary: ask what lies close to where the prediction changes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.head import NEEDS, Head
from asknext.strategies.ranking import Ranking

NORMS = {"L2": 2, "L∞": 1}  # the norm of w_y − w_j that a step of this norm is divided by


def head_distances(view: View, norm: int) -> tuple[FloatArray, IntArray]:
    """Return how far (n,) each candidate is from another prediction, and the class (n,) beyond.

    min over j of (f_y − f_j) / ‖w_y − w_j‖: exact for a linear head. `norm` 2 gives the Euclidean
    distance, 1 the largest change of a single feature. Infinite where no change can help.
    """
    head = Head(view)
    apart = _between(head.weight.astype(np.float64), norm)
    distance, beyond = np.empty(len(view)), np.empty(len(view), np.int64)
    for part, _, logits in head.blocks():
        own = logits.argmax(axis=1)
        row = np.arange(len(own))
        gaps = logits[row, own][:, None] - logits
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(gaps > 0, gaps / apart[own], 0.0)
        steps[row, own] = np.inf
        beyond[part] = steps.argmin(axis=1)
        distance[part] = steps[row, beyond[part]]
    return distance, beyond


def _between(weight: FloatArray, norm: int) -> FloatArray:
    """Return ‖w_i − w_j‖ (c, c), one row at a time."""
    rows = [np.linalg.norm(weight - one, ord=norm, axis=1) for one in weight]
    return np.array(rows)


class HeadBoundary(Ranking):
    """Score 1 / (1 + distance), so that the closest to the boundary come first."""

    needs: ClassVar[frozenset[str]] = NEEDS
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    norm: ClassVar[str]

    def score(self, view: View) -> FloatArray:
        """Return 1 / (1 + distance) (n,); 0 where no step changes the prediction."""
        return np.asarray(1.0 / (1.0 + head_distances(view, NORMS[self.norm])[0]))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the answer that a small change would bring."""
        part = view.take(rows)
        distance, beyond = head_distances(part, NORMS[self.norm])
        names = view.classes if len(view.classes) == len(view.array("bias")) > 1 else ()
        return [
            f"a change of {gap:.2g} would make the model answer “{names[other]}”"
            if names
            else "a small change would make the model answer differently"
            for gap, other in zip(distance, beyond, strict=True)
        ]


class DeepFool(HeadBoundary):
    """Ask what lies closest to the boundary of the linear head, in Euclidean distance.

    For a linear head DeepFool's first step is exact, so no search is needed. A score is
    1 / (1 + distance).

    Source: Moosavi-Dezfooli et al. 2016 (DeepFool), section 3; Ducoffe and Precioso 2018 (DFAL).
    """

    name: ClassVar[str] = "deepfool"
    norm: ClassVar[str] = "L2"
    cost: ClassVar[str] = "n × features × classes"
    evidence: ClassVar[str] = (
        "For a linear head it is margin in another unit (the same order with two classes), so "
        "expect margin's results; no text study finds it better."
    )
    source: ClassVar[str] = "Ducoffe and Precioso 2018 (DFAL); Moosavi-Dezfooli et al. 2016"


class Fgsm(HeadBoundary):
    """Ask what the smallest signed step flips: the same change ±ε in every feature.

    For a linear head the step is (f_y − f_j) / ‖w_y − w_j‖₁, exactly. A score is 1 / (1 + ε).

    Source: Goodfellow et al. 2015 (fast gradient sign method), section 4.
    """

    name: ClassVar[str] = "fgsm"
    norm: ClassVar[str] = "L∞"
    cost: ClassVar[str] = "n × features × classes"
    evidence: ClassVar[str] = (
        "As deepfool, with distances in the largest change of one feature; with two classes "
        "the order is that of margin."
    )
    source: ClassVar[str] = "Goodfellow et al. 2015, section 4, solved for the smallest ε"


class DeepFoolNetwork(Ranking):
    """Ask what the smallest perturbation of a network's input embeddings flips.

    The network says how far that is in ``boundary_distance``. A score is 1 / (1 + distance).

    Source: Ducoffe and Precioso 2018 (DFAL), section 4.
    """

    name: ClassVar[str] = "deepfool_network"
    needs: ClassVar[frozenset[str]] = frozenset({"boundary_distance"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n; the distances cost some gradients of the network each"
    evidence: ClassVar[str] = (
        "Published for images, level with margin-like strategies; for text only related "
        "perturbation methods were studied."
    )
    source: ClassVar[str] = "Ducoffe and Precioso 2018 (DFAL), section 4"

    def score(self, view: View) -> FloatArray:
        """Return 1 / (1 + distance) (n,); raises InvalidInput for a distance below 0."""
        distance = np.asarray(view.array("boundary_distance"), np.float64)
        if (distance < 0).any():
            raise InvalidInput(
                "boundary_distance holds numbers below 0; a distance is 0 or more; mend the "
                "model that made them"
            )
        return np.asarray(np.where(np.isinf(distance), np.nan, 1.0 / (1.0 + distance)))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how small the perturbation is."""
        return [
            f"a perturbation of {1 / score - 1:.2g} would make the model answer differently"
            for score in scores
        ]

"""Model change: ask what would move the linear head furthest, whatever the answer."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray, blocks
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.change.influence import HEAD, answered, forms, read_curvature
from asknext.strategies.probabilities import leaders, read_proba
from asknext.strategies.ranking import Ranking


class ExpectedModelChange(Ranking):
    """Score E_y ‖θ′ − θ‖², the squared distance that one more label moves the linear head.

    For each label y the retrained θ′ is one influence step from θ, whose length takes into account
    that the answer is soon learnt (`asknext.strategies.change.influence`), on a factored Hessian
    (`asknext.core.curvature`): Σ_y p_y α_y² Σ_k a_k (v_kᵀ(p − e_y))² with a_k = [x, 1]ᵀH⁻²[x, 1]
    along class direction k. Probabilities are taken as the head's own: a temperature is not
    undone. On MiniLM vectors of TREC-6 and AG News, 20 to 150 labels, its ranks correlate with
    those of real refits to 0.997 or more, and the distances agree within 5 %.

    Source: Settles and Craven 2008 (expected gradient length) with θ′ − θ in place of the
    gradient; Cook and Weisberg 1982 for the one-step influence.
    """

    name: ClassVar[str] = "expected_model_change"
    needs: ClassVar[frozenset[str]] = HEAD
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × columns × min(columns, labelled)"
    evidence: ClassVar[str] = (
        "close to margin on normed vectors; with vectors of unequal length it likes long ones, "
        "outliers included: below random in some comparisons"
    )
    source: ClassVar[str] = "Settles and Craven 2008; one Newton step on factored curvature"

    def score(self, view: View) -> FloatArray:
        """Return the expected squared change (n,)."""
        curvature, proba = read_curvature(view), read_proba(view)
        found = np.empty(len(view))
        for part, block in blocks(view.array("features")):
            own = np.asarray(proba[part], np.float32)
            leverage, reach = curvature.norms(block)
            change = np.square(answered(curvature, own, leverage)) * forms(curvature, own, reach)
            found[part] = np.einsum("ij,ij->i", own, change, dtype=np.float64)
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how far the model would move."""
        return [
            f"any answer would move the model: it wavers between “{a}” and “{b}” here"
            if a
            else "any answer would move the model"
            for a, b, _, _ in leaders(view, rows)
        ]


class ExpectedGradientLength(Ranking):
    """Score E_y ‖gradient of the loss at label y‖.

    With ``class_gradient_norm`` (n, c) from a network it is their mean by probability; else that
    of the linear head in closed form, Σ_y p_y ‖p − e_y‖ ‖[x, 1]‖ with x from ``features``.
    Where there are neither, all vectors count as of one length.

    Source: Settles and Craven 2008.
    """

    name: ClassVar[str] = "expected_gradient_length"
    needs: ClassVar[frozenset[str]] = frozenset({"proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × (classes + columns)"
    evidence: ClassVar[str] = (
        "for a linear head on normed vectors little more than another uncertainty; mixed results "
        "for networks"
    )
    source: ClassVar[str] = "Settles and Craven 2008; Zhang, Lease and Wallace 2017 for text"

    def score(self, view: View) -> FloatArray:
        """Return the expected length (n,)."""
        proba = read_proba(view)
        found = np.einsum("ij,ij->i", proba, _class_lengths(view, proba), dtype=np.float64)
        return np.asarray(found)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how long the step is."""
        return [f"its answer asks for a large step: {score:.2g} on average" for score in scores]


def _class_lengths(view: View, proba: FloatArray) -> FloatArray:
    if "class_gradient_norm" in view.provides:
        given = np.asarray(view.array("class_gradient_norm"))
        if given.shape != proba.shape:
            raise InvalidInput(
                f"class_gradient_norm has shape {given.shape}; it must be {proba.shape}, that of "
                "proba"
            )
        return given
    squares = np.einsum("ij,ij->i", proba, proba)[:, None] - 2.0 * proba + 1.0
    lengths = np.sqrt(np.maximum(squares, 0.0))
    if "features" not in view.provides:
        return np.asarray(lengths)
    for part, block in blocks(view.array("features")):
        own = np.asarray(block, np.float32)
        lengths[part] *= np.sqrt(1.0 + np.einsum("ij,ij->i", own, own))[:, None]
    return np.asarray(lengths)

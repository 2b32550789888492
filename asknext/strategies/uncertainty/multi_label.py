"""Multi-label uncertainty: one score from the uncertainty about each label."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Table, blocks
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.probabilities import STRIP
from asknext.strategies.ranking import Ranking

MULTI_LABEL = frozenset({"multi_label"})


def read_labels(view: View) -> Table:
    """Return ``label_proba`` (n, labels); raises InvalidInput for another shape."""
    table: Table = view.array("label_proba")
    if len(table.shape) != 2 or table.shape[0] != len(view) or table.shape[1] == 0:
        raise InvalidInput(
            f"label_proba has shape {table.shape}; it must be ({len(view)}, labels), the "
            "probability of each label for each candidate"
        )
    return table


def strips(table: Table) -> Iterator[tuple[slice, FloatArray]]:
    """Walk through ``label_proba`` in float64; raises InvalidInput outside [0, 1]. NaN passes."""
    for part, values in blocks(table, STRIP):
        if (values < 0).any() or (values > 1).any():
            raise InvalidInput(
                "label_proba holds numbers outside [0, 1]; give probabilities, not scores (apply "
                "the sigmoid first)"
            )
        yield part, values.astype(np.float64)


def wavering(proba: FloatArray) -> FloatArray:
    """Return 1 − |2 p − 1| for each label: 1 where p is 0.5, 0 where it is sure.

    >>> wavering(np.array([[0.5, 0.75, 1.0]])).tolist()
    [[1.0, 0.5, 0.0]]
    """
    return np.asarray(1.0 - np.abs(2.0 * proba - 1.0))


class _Folded(Ranking):
    """Fold the uncertainty about the labels into one score; a subclass says how."""

    needs: ClassVar[frozenset[str]] = frozenset({"label_proba"})
    tasks: ClassVar[frozenset[str]] = MULTI_LABEL
    cost: ClassVar[str] = "n × labels"

    @abstractmethod
    def fold(self, worth: FloatArray) -> FloatArray:
        """Return one number (b,) for the labels (b, labels) of each example."""

    def score(self, view: View) -> FloatArray:
        """Return the folded uncertainty (n,), from 0 to 1."""
        found = np.empty(len(view))
        for part, proba in strips(read_labels(view)):
            found[part] = self.fold(wavering(proba))
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the label that the model is least sure of."""
        return least_sure(view, rows)


def least_sure(view: View, rows: IntArray) -> list[str]:
    """Name the label that the model is least sure of on each row."""
    proba = np.asarray(read_labels(view)[rows], np.float64)
    names = view.classes if len(view.classes) == proba.shape[1] else ()
    return [
        f"the model is least sure whether “{names[i]}” applies ({p[i]:.0%})"
        if names
        else f"the model gives a label {p[i]:.0%}, neither yes nor no"
        for p, i in zip(proba, wavering(proba).argmax(axis=1).tolist(), strict=True)
    ]


class MultiLabelMean(_Folded):
    """Score the mean over the labels of 1 − |2 p − 1|.

    Source: binary uncertainty averaged over labels, as in Esuli and Sebastiani 2009.
    """

    name: ClassVar[str] = "multi_label_mean"
    evidence: ClassVar[str] = (
        "With many labels of which few apply the sure ones drown the rest: below random on "
        "GoEmotions (28 labels) and on kinds of names (4) in our simulations."
    )
    source: ClassVar[str] = "Esuli and Sebastiani 2009 (average)"

    def fold(self, worth: FloatArray) -> FloatArray:
        """Return the mean (b,)."""
        return np.asarray(worth.mean(axis=1))


class MultiLabelMax(_Folded):
    """Score the largest 1 − |2 p − 1|: the label that the model is least sure of decides.

    Source: Esuli and Sebastiani 2009; binary minimum in Brinker 2006.
    """

    name: ClassVar[str] = "multi_label_max"
    evidence: ClassVar[str] = "Drawn to the noisiest label; with many labels almost all tie near 1."
    source: ClassVar[str] = "Brinker 2006; Esuli and Sebastiani 2009"

    def fold(self, worth: FloatArray) -> FloatArray:
        """Return the maximum (b,)."""
        return np.asarray(worth.max(axis=1))


class MultiLabelMin(_Folded):
    """Score the smallest 1 − |2 p − 1|: even the surest label is in doubt.

    Source: Esuli and Sebastiani 2009.
    """

    name: ClassVar[str] = "multi_label_min"
    evidence: ClassVar[str] = (
        "The best of the three in our simulations: above random on GoEmotions (28 labels), level "
        "with it on kinds of names (4). Where no label is ruled out the model knows little."
    )
    source: ClassVar[str] = "Esuli and Sebastiani 2009"

    def fold(self, worth: FloatArray) -> FloatArray:
        """Return the minimum (b,)."""
        return np.asarray(worth.min(axis=1))

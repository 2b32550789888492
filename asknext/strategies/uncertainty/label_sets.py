"""Label sets: ask where the set of predicted labels does not look like those given so far."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking
from asknext.strategies.uncertainty.multi_label import MULTI_LABEL, least_sure, read_labels, strips

EVEN = 0.5  # the threshold while nothing is known of a label
NARROWEST = 1e-3  # thresholds stay so far from 0 and 1


def named(label: Any) -> frozenset[str]:
    """Return the set of names that an answer holds; one name alone is a set of one."""
    return frozenset([label]) if isinstance(label, str) else frozenset(map(str, label))


class LabelCardinality(Ranking):
    """Score |number of labels predicted − mean number of labels given so far|.

    A label is predicted where its probability is above 0.5. While nothing is labelled, the mean
    is that of the expected numbers, Σ p, over the candidates. The numbers are whole, so many
    candidates tie and `rng` decides among them: multiply it with another score.

    Source: Li and Guo 2013 (label cardinality inconsistency), without the margin
    that theirs is multiplied with.
    """

    name: ClassVar[str] = "label_cardinality"
    needs: ClassVar[frozenset[str]] = frozenset({"label_proba"})
    tasks: ClassVar[frozenset[str]] = MULTI_LABEL
    cost: ClassVar[str] = "n × labels"
    evidence: ClassVar[str] = (
        "A companion: in its paper it helps the margin, alone it is mostly ties; write "
        "product(multi_label_mean, label_cardinality)."
    )
    source: ClassVar[str] = "Li and Guo 2013"
    drawn: ClassVar[str] = "the order among the many candidates with as many labels"

    def score(self, view: View) -> FloatArray:
        """Return the difference (n,), 0 or more."""
        predicted, expected = np.empty(len(view)), np.empty(len(view))
        for part, proba in strips(read_labels(view)):
            expected[part] = proba.sum(axis=1)  # NaN comes through here
            predicted[part] = (proba > EVEN).sum(axis=1) + 0.0 * expected[part]
        return np.asarray(np.abs(predicted - usual(view, expected)))

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how many labels the model predicts."""
        proba = np.asarray(read_labels(view)[rows])
        return [
            f"the model gives it {n} labels, {s:.1f} off the mean"
            for n, s in zip((proba > EVEN).sum(axis=1).tolist(), scores, strict=True)
        ]


def usual(view: View, expected: FloatArray) -> float:
    """Return the mean number of labels given so far, else the mean of `expected` (n,)."""
    if len(view.labels):
        return float(np.mean([len(named(label)) for label in view.labels]))
    return float(expected.mean()) if len(expected) else 0.0


class AdaptiveThresholds(Ranking):
    """Score the mean closeness of each label's probability to a threshold of its own.

    A label's threshold is where as large a share of the candidates lies above as had the label so
    far, (count + ½) / (labelled + 1). Closeness is 1 at the threshold and falls in a straight
    line to 0 at p = 0 and p = 1, so with thresholds of 0.5 it is `multi_label_mean`. They are 0.5
    where nothing is labelled or the classes of the view do not name the labels.

    Source: after Yang 2001 (PCut: thresholds from the prior of each label) and Esuli and
    Sebastiani 2009 (the mean over the labels).
    """

    name: ClassVar[str] = "adaptive_thresholds"
    needs: ClassVar[frozenset[str]] = frozenset({"label_proba"})
    tasks: ClassVar[frozenset[str]] = MULTI_LABEL
    cost: ClassVar[str] = "n log n × labels"
    evidence: ClassVar[str] = (
        "Rare labels seldom reach 0.5 in any model, and are never asked about otherwise; the "
        "frequencies are biased while the labelled are picked and not drawn."
    )
    source: ClassVar[str] = "after Yang 2001 (PCut) and Esuli and Sebastiani 2009"

    def score(self, view: View) -> FloatArray:
        """Return the mean closeness (n,), from 0 to 1."""
        cut = thresholds(view)
        found = np.empty(len(view))
        for part, proba in strips(read_labels(view)):
            above = (proba - cut) / (1.0 - cut)
            below = (cut - proba) / cut
            found[part] = (1.0 - np.maximum(above, below)).mean(axis=1)
        return found

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Name the label that the model is least sure of."""
        return least_sure(view, rows)


def thresholds(view: View) -> FloatArray:
    """Return the threshold (labels,) of each label, inside (0, 1).

    Raises:
        InvalidInput: NaN in ``label_proba``.
    """
    table = read_labels(view)
    columns = table.shape[1]
    if len(view.classes) != columns or not len(view.labels) or not len(view):
        return np.full(columns, EVEN)
    given = [named(label) for label in view.labels]
    counts = np.array([sum(name in answer for answer in given) for name in view.classes])
    share = (counts + 0.5) / (len(given) + 1.0)
    proba = np.asarray(table)
    if np.isnan(proba).any():
        row = int(np.isnan(proba).any(axis=1).argmax())
        raise InvalidInput(
            f"label_proba holds NaN, first for {view.candidates[row]!r}; mend the model"
        )
    found = [
        np.quantile(column.astype(np.float64), 1.0 - part)
        for column, part in zip(proba.T, share, strict=True)
    ]
    return np.asarray(np.clip(found, NARROWEST, 1.0 - NARROWEST))

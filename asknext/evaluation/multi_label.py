"""Metrics of multi-label classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from asknext.core.errors import InvalidInput
from asknext.core.tasks import MultiLabel
from asknext.evaluation.scoring import Scores, headline, paired, ratios

Labels = Sequence[str]


class MultiLabelMetrics:
    """Say how right predicted sets of labels are.

    >>> metrics = MultiLabelMetrics(MultiLabel(("food", "staff", "price")))
    >>> metrics.scores([["food"], [], []], [["food", "price"], [], ["staff"]]).round(3).tolist()
    [0.667, 1.0, 0.0]
    """

    metric: ClassVar[str] = "sample_f1"

    def __init__(self, task: MultiLabel) -> None:
        self._labels = task.labels

    def scores(self, predicted: Sequence[Labels], actual: Sequence[Labels]) -> Scores:
        """Return the F1 of each example's two sets (n,); 1 where both are empty.

        Source: Godbole and Sarawagi 2004 (example-based F1).
        """
        pairs = [(set(ours), set(theirs)) for ours, theirs in paired(predicted, actual)]
        sizes = [len(ours) + len(theirs) for ours, theirs in pairs]
        shared = [len(ours & theirs) for ours, theirs in pairs]
        found = [2 * both / size if size else 1.0 for both, size in zip(shared, sizes, strict=True)]
        return np.array(found, dtype=np.float64)

    def summary(self, predicted: Sequence[Labels], actual: Sequence[Labels]) -> dict[str, Any]:
        """Return the mean score with its 95 % interval, micro and macro F1, exact match, labels.

        ``per_label`` maps a label to precision, recall, f1 and support; what would divide by
        zero is 0. ``macro_f1`` is the mean over labels that occur, predicted or actual.
        Without examples the figures are null. Labels outside the task raise InvalidInput.
        """
        scores = self.scores(predicted, actual)
        said, there = self._table(predicted), self._table(actual)
        right, sizes = (said & there).sum(axis=0), said.sum(axis=0) + there.sum(axis=0)
        counts = zip(self._labels, right, said.sum(axis=0), there.sum(axis=0), strict=True)
        per_label = {name: ratios(*(int(count) for count in three)) for name, *three in counts}
        f1 = [per_label[name]["f1"] for name, n in zip(self._labels, sizes, strict=True) if n]
        exact = (said == there).all(axis=1)
        return {
            **headline(self.metric, scores),
            "micro_f1": float(2 * right.sum() / sizes.sum()) if sizes.sum() else None,
            "macro_f1": float(np.mean(f1)) if f1 else None,
            "exact_match": float(exact.mean()) if len(exact) else None,
            "per_label": per_label,
        }

    def _table(self, values: Sequence[Labels]) -> npt.NDArray[np.bool_]:
        """Return (n, labels): whether each example has each label."""
        place = {name: i for i, name in enumerate(self._labels)}
        unknown = sorted({str(label) for value in values for label in value if label not in place})
        if unknown:
            known = ", ".join(self._labels)
            raise InvalidInput(f"labels outside the task: {', '.join(unknown)}; labels: {known}")
        table = np.zeros((len(values), len(place)), np.bool_)
        for row, value in zip(table, values, strict=True):
            row[[place[label] for label in value]] = True
        return table

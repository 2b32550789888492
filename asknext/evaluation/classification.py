"""Metrics of single-label classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from asknext.core.errors import InvalidInput
from asknext.core.tasks import Classification
from asknext.evaluation.scoring import Scores, headline, paired


class ClassificationMetrics:
    """Say how right predicted labels are.

    >>> metrics = ClassificationMetrics(Classification(("a", "b")))
    >>> metrics.scores(["a", "b"], ["a", "a"]).tolist()
    [1.0, 0.0]
    >>> round(metrics.summary(["a", "b", "b"], ["a", "a", "b"])["macro_f1"], 3)
    0.667
    """

    metric: ClassVar[str] = "accuracy"

    def __init__(self, task: Classification) -> None:
        self._classes = task.labels

    def scores(self, predicted: Sequence[Any], actual: Sequence[Any]) -> Scores:
        """Return 1 where right, 0 where wrong (n,); their mean is the accuracy."""
        return np.array([float(a == b) for a, b in paired(predicted, actual)])

    def summary(self, predicted: Sequence[Any], actual: Sequence[Any]) -> dict[str, Any]:
        """Return accuracy with its 95 % interval, macro F1, each class, and the confusion.

        ``per_class`` maps a class to precision, recall, f1 and support; what would divide by
        zero is 0. ``macro_f1`` is the mean over classes that occur, predicted or actual.
        ``confusion`` is rows of actual by columns of predicted, both in the order of the task.
        Without examples the figures are null. Values outside the task raise InvalidInput.
        """
        classes = self._classes
        scores = self.scores(predicted, actual)
        table = confusion(predicted, actual, classes)
        per_class = _per_class(table, classes)
        occurs = table.sum(axis=0) + table.sum(axis=1) > 0
        f1 = [per_class[name]["f1"] for name, here in zip(classes, occurs, strict=True) if here]
        return {
            **headline(self.metric, scores),
            "macro_f1": float(np.mean(f1)) if f1 else None,
            "per_class": per_class,
            "classes": list(classes),
            "confusion": table.tolist(),
        }


def confusion(
    predicted: Sequence[Any], actual: Sequence[Any], classes: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Count (c, c): row i, column j holds how many of class i were predicted as j.

    >>> confusion(["a", "b", "b"], ["a", "a", "b"], ("a", "b")).tolist()
    [[1, 1], [0, 1]]
    """
    place = {name: i for i, name in enumerate(classes)}
    unknown = sorted({str(value) for value in (*predicted, *actual) if value not in place})
    if unknown:
        raise InvalidInput(
            f"values outside the classes: {', '.join(unknown)}; classes: {', '.join(classes)}"
        )
    table = np.zeros((len(classes), len(classes)), np.int64)
    rows = [place[value] for value in actual]
    np.add.at(table, (rows, [place[value] for value in predicted]), 1)
    return table


def _per_class(table: npt.NDArray[np.int64], classes: Sequence[str]) -> dict[str, dict[str, float]]:
    right = table.diagonal()
    support, said = table.sum(axis=1), table.sum(axis=0)
    figures = {
        "precision": right / np.maximum(said, 1),
        "recall": right / np.maximum(support, 1),
        "f1": 2 * right / np.maximum(said + support, 1),
    }
    return {
        name: {
            **{figure: float(values[i]) for figure, values in figures.items()},
            "support": int(support[i]),
        }
        for i, name in enumerate(classes)
    }

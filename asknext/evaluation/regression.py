"""Metrics of regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.tasks import Regression
from asknext.evaluation.scoring import Scores, headline, paired


class RegressionMetrics:
    """Say how near predicted numbers come, as a share of the scale.

    >>> metrics = RegressionMetrics(Regression(1.0, 5.0))
    >>> metrics.scores([1.0, 3.0], [5.0, 2.0]).tolist()
    [0.0, 0.75]
    """

    metric: ClassVar[str] = "closeness"

    def __init__(self, task: Regression) -> None:
        self._span = task.span

    def scores(self, predicted: Sequence[float], actual: Sequence[float]) -> Scores:
        """Return 1 - |error| / length of the scale (n,); 0 for errors longer than the scale."""
        errors = [abs(float(ours) - float(theirs)) for ours, theirs in paired(predicted, actual)]
        return np.maximum(1.0 - np.array(errors, dtype=np.float64) / self._span, 0.0)

    def summary(self, predicted: Sequence[float], actual: Sequence[float]) -> dict[str, Any]:
        """Return the mean score with its interval, MAE, RMSE, Pearson, Spearman and R².

        Without examples all are null; a correlation is null also where one side is constant,
        and R² where the actual numbers are.
        """
        ours, theirs = (np.asarray(side, dtype=np.float64) for side in (predicted, actual))
        found = headline(self.metric, self.scores(predicted, actual))
        errors = ours - theirs
        return {
            **found,
            "mae": float(np.abs(errors).mean()) if len(errors) else None,
            "rmse": float(np.sqrt((errors**2).mean())) if len(errors) else None,
            **_related(ours, theirs),
        }


def _related(ours: Scores, theirs: Scores) -> dict[str, float | None]:
    from scipy.stats import pearsonr, spearmanr  # heavy, and only needed here
    from sklearn.metrics import r2_score

    varied = [len(side) > 1 and float(np.ptp(side)) > 0 for side in (ours, theirs)]
    return {
        "pearson": float(pearsonr(ours, theirs)[0]) if all(varied) else None,
        "spearman": float(spearmanr(ours, theirs)[0]) if all(varied) else None,
        "r2": float(r2_score(theirs, ours)) if varied[1] else None,
    }

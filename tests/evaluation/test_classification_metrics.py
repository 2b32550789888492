"""Metrics against scikit-learn, calibration error against a plain loop."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.tasks import Classification
from asknext.evaluation.calibration import calibration_error, reliability
from asknext.evaluation.classification import ClassificationMetrics, confusion

CLASSES = ("zebra", "apple", "苹果", "unused")
TASK = Classification(CLASSES)


def series(n: int = 200):
    rng = generator(n, "series")
    actual = rng.integers(3, size=n)
    predicted = np.where(rng.random(n) < 0.7, actual, rng.integers(3, size=n))
    return [CLASSES[i] for i in predicted], [CLASSES[i] for i in actual]


def test_summary_is_that_of_scikit_learn():
    predicted, actual = series()
    found = ClassificationMetrics(TASK).summary(predicted, actual)
    assert found["confusion"] == confusion_matrix(actual, predicted, labels=CLASSES).tolist()
    slow = precision_recall_fscore_support(
        actual, predicted, labels=CLASSES, average=None, zero_division=0
    )
    for name, *figures in zip(CLASSES, *slow, strict=True):
        row = found["per_class"][name]
        ours = [row["precision"], row["recall"], row["f1"], row["support"]]
        assert ours == pytest.approx(figures)
    # A class that never occurs is left out of the mean, as scikit-learn does without `labels`.
    assert found["macro_f1"] == pytest.approx(f1_score(actual, predicted, average="macro"))
    assert found["accuracy"] == pytest.approx(
        np.mean([a == b for a, b in zip(predicted, actual, strict=True)])
    )
    assert found["low"] < found["accuracy"] < found["high"]
    json.dumps(found, allow_nan=False)


def test_scores_are_per_example_and_their_mean_is_the_metric():
    metrics = registry.get("metrics", "classification")(TASK)
    predicted, actual = series(50)
    scores = metrics.scores(predicted, actual)
    assert scores.tolist() == [float(a == b) for a, b in zip(predicted, actual, strict=True)]
    assert scores.mean() == metrics.summary(predicted, actual)["accuracy"]
    assert metrics.metric == "accuracy"


def test_nothing_to_score():
    found = ClassificationMetrics(TASK).summary([], [])
    assert (found["n"], found["accuracy"], found["macro_f1"]) == (0, None, None)
    assert (found["low"], found["high"]) == (0.0, 1.0)
    assert len(ClassificationMetrics(TASK).scores([], [])) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidInput, match="differ in number: 1 and 2"):
        ClassificationMetrics(TASK).scores(["a"], ["a", "b"])
    with pytest.raises(InvalidInput, match="outside the classes: pear"):
        confusion(["pear"], ["apple"], CLASSES)


def test_calibration_error_is_the_plain_loop():
    rng = generator(0, "calibration")
    sure = rng.random(500)
    right = rng.random(500) < sure**2
    slow = 0.0
    for i in range(15):
        here = [j for j in range(500) if i / 15 < sure[j] <= (i + 1) / 15]
        if here:
            slow += abs(right[here].mean() - sure[here].mean()) * len(here) / 500
    assert calibration_error(sure, right) == pytest.approx(slow)
    assert sum(group.count for group in reliability(sure, right)) == 500


def test_calibration_error_at_the_edges():
    assert calibration_error(np.array([1.0, 1.0]), np.array([1, 1])) == 0.0
    assert calibration_error(np.array([1.0]), np.array([0])) == 1.0
    assert calibration_error(np.array([0.0]), np.array([0])) == 0.0
    assert math.isnan(calibration_error(np.array([]), np.array([])))
    for bad in (np.array([1.5]), np.array([np.nan])):
        with pytest.raises(InvalidInput, match="confidence"):
            calibration_error(bad, np.array([1]))

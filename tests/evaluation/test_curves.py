"""Learning curves: areas, labels to a target, seeds together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.evaluation.curves import aggregate, area, labels_to
from asknext.evaluation.intervals import mean_interval


def test_area_is_the_mean_height():
    assert area([10, 20, 30], [0.8, 0.8, 0.8]) == pytest.approx(0.8)
    assert area([0, 10], [0.0, 1.0]) == pytest.approx(0.5)
    x, y = np.array([5.0, 6.0, 20.0, 100.0]), np.array([0.1, 0.9, 0.4, 0.7])
    fine = np.linspace(5, 100, 200_001)
    assert area(x, y) == pytest.approx(float(np.interp(fine, x, y).mean()), abs=1e-4)
    assert area([50], [0.3]) == 0.3
    assert math.isnan(area([1, 2], [0.5, float("nan")]))


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1, 2], [1.0]), ([2, 1], [0.1, 0.2]), ([1, 1], [0, 0])]
)
def test_what_is_no_curve_is_refused(x, y):
    with pytest.raises(InvalidInput, match="labels increasing"):
        area(x, y)


def test_labels_to_asks_for_three_rounds():
    x = [10, 20, 30, 40, 50, 60]
    assert labels_to(x, [0.1, 0.9, 0.1, 0.8, 0.8, 0.8], 0.8) == 60
    assert labels_to(x, [0.8] * 6, 0.8) == 30
    assert labels_to(x, [0.7] * 6, 0.8) is None
    assert labels_to([10, 20], [0.7, 0.9], 0.8) == 20
    assert labels_to(x, [float("nan"), 0.8, 0.8, 0.8, 0.8, 0.8], 0.8) == 40


def test_seeds_together_give_mean_and_interval():
    x = [10, 20, 30]
    curves = [[0.5, 0.6, 0.7], [0.6, 0.7, 0.9], [0.4, 0.8, 0.8]]
    band = aggregate([(x, y) for y in curves])
    assert band.labels == x
    for i in range(3):
        found = (band.mean[i], band.low[i], band.high[i])
        assert found == pytest.approx(mean_interval([y[i] for y in curves]))


def test_seeds_with_other_axes_meet_where_all_have_been():
    band = aggregate([([10, 20, 40], [0.0, 0.2, 0.4]), ([15, 20, 30], [0.5, 0.6, 0.8])])
    assert band.labels == [15, 20, 30]
    assert band.mean == pytest.approx([(0.1 + 0.5) / 2, (0.2 + 0.6) / 2, (0.3 + 0.8) / 2])
    with pytest.raises(InvalidInput, match="share no number"):
        aggregate([([1, 2], [0, 1]), ([3, 4], [0, 1])])
    with pytest.raises(InvalidInput, match="no curve"):
        aggregate([])


def test_one_seed_has_no_interval():
    band = aggregate([([10, 20], [0.5, 0.6])])
    assert band.mean == [0.5, 0.6]
    assert all(math.isnan(value) for value in (*band.low, *band.high))

"""Ratio: values, picks and ties."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_picks_are_those_of_sorting_each_row(kind):
    proba = generator(0).dirichlet(np.ones(5), 300).astype(kind)
    picks = build("ratio").select(View(range(300), arrays={"proba": proba}), 300, generator(1))
    slow = [sorted(row)[-2] / sorted(row)[-1] for row in proba.tolist()]
    assert [slow[row] for row in picks.ids] == pytest.approx(sorted(slow, reverse=True), rel=1e-6)
    assert picks.ids[:20] == sorted(range(300), key=lambda row: -slow[row])[:20]


def test_odds_not_differences():
    proba = np.array([[0.5, 0.4, 0.1], [0.4, 0.31, 0.29]])
    view = View("ab", arrays={"proba": proba})
    assert build("margin").select(view, 1, generator(0)).ids == ["b"]
    assert build("ratio").select(view, 1, generator(0)).ids == ["a"]


def test_one_class_is_zero_and_a_row_of_zeros_is_refused():
    view = View(range(3), arrays={"proba": np.ones((3, 1))})
    assert [pick.score for pick in build("ratio").select(view, 3, generator(0))] == [0, 0, 0]
    with pytest.raises(InvalidInput, match="ratio cannot score 1 of 2"):
        build("ratio").select(
            View(range(2), arrays={"proba": np.array([[0.5, 0.5], [0, 0]])}), 1, generator(0)
        )

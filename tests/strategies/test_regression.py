"""Regression: variances and EMCM against loops."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.regression.variance import (
    CommitteeVariance,
    ExpectedModelChangeRegression,
    PredictiveVariance,
)


def made(seed=0, members=5, n=40, columns=3):
    rng = generator(seed, "regression")
    return rng.standard_normal((members, n)), rng.standard_normal((n, columns)).astype("f4")


def order_of(scores):
    return sorted(range(len(scores)), key=lambda row: -scores[row])


@pytest.mark.parametrize("seed", range(4))
def test_committee_variance_is_that_of_the_members(seed):
    members, _ = made(seed)
    view = View(range(40), arrays={"committee_mean": members})
    slow = []
    for row in range(40):
        mean = sum(members[:, row]) / 5
        slow.append(sum((value - mean) ** 2 for value in members[:, row]) / 5)
    picks = CommitteeVariance().select(view, 40, generator(0))
    assert picks.ids == order_of(slow)
    assert [pick.score for pick in picks] == pytest.approx(sorted(slow, reverse=True))


@pytest.mark.parametrize("given", [False, True], ids=["mean of members", "own mean"])
@pytest.mark.parametrize("seed", range(4))
def test_model_change_is_the_mean_length_of_the_gradients(seed, given):
    members, features = made(seed)
    own = generator(seed).standard_normal(40) if given else members.mean(axis=0)
    slow = [
        sum(np.linalg.norm((own[row] - value) * np.append(features[row], 1.0)) for value in guesses)
        / 5
        for row, guesses in enumerate(members.T)
    ]
    arrays = {"committee_mean": members, "features": features} | ({"mean": own} if given else {})
    picks = ExpectedModelChangeRegression().select(View(range(40), arrays=arrays), 40, generator(0))
    assert picks.ids == order_of(slow)
    assert [pick.score for pick in picks] == pytest.approx(sorted(slow, reverse=True), rel=1e-5)


def test_predictive_variance_ranks_what_it_is_given():
    view = View(range(3), arrays={"variance": np.array([0.25, 4.0, 1.0])})
    picks = PredictiveVariance().select(view, 3, generator(0))
    assert picks.ids == [1, 2, 0]
    assert picks.picks[0].reason == "the model expects to be off by about 2"


def test_members_that_agree_are_all_ties():
    view = View(range(5), arrays={"committee_mean": np.full((3, 5), 0.1)})
    firsts = {CommitteeVariance().select(view, 1, generator(seed)).ids[0] for seed in range(60)}
    assert firsts == set(range(5))


def test_the_reason_names_the_outermost_guesses():
    view = View(["a"], arrays={"committee_mean": np.array([[1.5], [-0.25], [1.0]])})
    reason = CommitteeVariance().select(view, 1, generator(0)).picks[0].reason
    assert reason == "the models' guesses lie between -0.25 and 1.5"


def test_what_cannot_be_used_is_refused():
    members, features = made()
    with pytest.raises(InvalidInput, match=r"committee_mean has shape \(5, 40\)"):
        CommitteeVariance().select(
            View(range(9), arrays={"committee_mean": members}), 1, generator(0)
        )
    with pytest.raises(InvalidInput, match="features has 9 rows for 40"):
        ExpectedModelChangeRegression().select(
            View(range(40), arrays={"committee_mean": members, "features": features[:9]}),
            1,
            generator(0),
        )
    with pytest.raises(InvalidInput, match="negative numbers; give variances"):
        PredictiveVariance().select(
            View(range(2), arrays={"variance": np.array([0.1, -3.0])}), 1, generator(0)
        )

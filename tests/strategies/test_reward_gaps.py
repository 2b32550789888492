"""Reward gaps, their spread over a committee, and the window of moderate ones."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.preference.reward_gaps import GapDisagreement, RewardGap


def gaps(values):
    return View(range(len(values)), arrays={"reward_gap": np.asarray(values)})


@pytest.mark.parametrize("seed", range(4))
def test_the_smallest_gap_of_either_sign_goes_first(seed, assert_ranked):
    values = generator(seed).integers(-9, 10, 30) / 2
    slow = [2 / (1 + exp(abs(gap))) for gap in values.tolist()]
    assert_ranked(RewardGap(), gaps(values), slow, seed=seed)


def test_large_gaps_are_told_apart():
    picks = RewardGap().select(gaps([-90.0, 60.0, 500.0, 0.0]), 4, generator(0))
    assert picks.ids == [3, 1, 0, 2]
    assert picks.picks[0].reason == "the model prefers one answer with 50% only"


@pytest.mark.parametrize("seed", range(4))
def test_disagreement_is_the_standard_deviation(seed, assert_ranked):
    table = generator(seed).integers(-4, 5, (3, 30)) / 2
    slow = []
    for column in table.T.tolist():
        mean = sum(column) / 3
        slow.append((sum((gap - mean) ** 2 for gap in column) / 3) ** 0.5)
    view = View(range(30), arrays={"committee_gap": table})
    assert_ranked(GapDisagreement(), view, slow, seed=seed)


def test_one_member_is_all_ties_and_blocks_do_not_matter(monkeypatch):
    one = View(range(4), arrays={"committee_gap": generator(0).random((1, 4))})
    assert {GapDisagreement().select(one, 1, generator(s)).ids[0] for s in range(60)} == {
        0,
        1,
        2,
        3,
    }
    table = generator(1).standard_normal((3, 40)).astype(np.float16)
    expected = GapDisagreement().select(
        View(range(40), arrays={"committee_gap": table}), 40, generator(0)
    )
    monkeypatch.setattr("asknext.strategies.preference.reward_gaps.BLOCK", 7)
    for kind in (np.float16, np.float32, np.float64):
        view = View(range(40), arrays={"committee_gap": table.astype(kind)})
        assert GapDisagreement().select(view, 40, generator(0)).ids == expected.ids


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gaps_must_be_finite(bad):
    with pytest.raises(InvalidInput, match="1 of 2 candidates, the first is 1"):
        RewardGap().select(gaps([1.0, bad]), 1, generator(0))
    view = View(range(2), arrays={"committee_gap": np.array([[1.0, bad], [1.0, 2.0]])})
    with pytest.raises(InvalidInput, match="1 of 2 candidates, the first is 1"):
        GapDisagreement().select(view, 1, generator(0))


def test_a_committee_has_members_and_pairs():
    view = View(range(2), arrays={"committee_gap": np.ones((2, 3))})
    with pytest.raises(InvalidInput, match=r"committee_gap has shape \(2, 3\); .*\(members, 2\)"):
        GapDisagreement().select(view, 1, generator(0))


@pytest.mark.parametrize("seed", range(3))
def test_the_window_drops_both_ends(seed):
    values = generator(seed).permutation(21) / 4 * generator(seed, "sign").choice([-1, 1], 21)
    made = build("moderate_gap(reward_gap, low=0.2, high=0.9)")
    # Of |gap| 0, 1/4 … 5, the quantiles 0.2 and 0.9 are 1 and 4.5.
    inside = [row for row in range(21) if 1 <= abs(values[row]) <= 4.5]
    expected = sorted(inside, key=lambda row: abs(values[row]))
    assert made.select(gaps(values), 21, generator(seed)).ids == expected
    assert made.select(gaps(values), 5, generator(seed)).ids == expected[:5]
    whole = build("moderate_gap(reward_gap, low=0, high=1)").select(gaps(values), 21, generator(0))
    assert sorted(whole.ids) == list(range(21))


def test_the_window_is_never_empty():
    for values in ([3.0], [1.0, 2.0], [2.0] * 5):
        found = build("moderate_gap(reward_gap, low=0.4, high=0.6)").select(
            gaps(values), 9, generator(0)
        )
        assert len(found)
    assert build("moderate_gap(reward_gap)").select(gaps([]), 3, generator(0)).ids == []


def test_the_window_is_named_and_reads_the_gap():
    made = build("moderate_gap(d_optimal)")
    assert (made.name, made.needs) == (
        "moderate_gap(d_optimal)",
        {"pair_difference", "reward_gap"},
    )
    assert made.tasks == {"preference"}


@pytest.mark.parametrize(
    "setting", ["low=0.9, high=0.1", "low=-1", "high=1.5", "low=0.5, high=0.5"]
)
def test_a_window_has_a_lower_and_an_upper_share(setting):
    with pytest.raises(InvalidInput, match="shares with 0 ≤ low < high ≤ 1; given: "):
        build(f"moderate_gap(reward_gap, {setting})")


def test_the_window_refuses_gaps_that_are_not_finite():
    with pytest.raises(InvalidInput, match="reward_gap must be 2 finite numbers"):
        build("moderate_gap(random)").select(gaps([1.0, np.nan]), 1, generator(0))

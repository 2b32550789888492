"""Committees: values against loops over members, ties, NaN, and what the reasons say."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.committee import disagreement
from asknext.strategies.committee.disagreement import (
    BALD,
    ConsensusEntropy,
    ConsensusKL,
    VoteEntropy,
    votes,
)


def slow_entropy(row):
    return -sum(p * log(p) for p in row if p > 0)


def slow_mean(rows):
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def slow_votes(rows):
    chosen = [row.index(max(row)) for row in rows]
    return slow_entropy([chosen.count(label) / len(rows) for label in range(len(rows[0]))])


def slow_kl(rows):
    mean = slow_mean(rows)
    pairs = [zip(row, mean, strict=True) for row in rows]
    return sum(sum(p * log(p / q) for p, q in pair if p > 0) for pair in pairs) / len(rows)


def slow_bald(rows):
    return slow_entropy(slow_mean(rows)) - sum(map(slow_entropy, rows)) / len(rows)


SLOW = {
    VoteEntropy: slow_votes,
    ConsensusEntropy: lambda rows: slow_entropy(slow_mean(rows)),
    ConsensusKL: slow_kl,
    BALD: slow_bald,
}
each_strategy = pytest.mark.parametrize("strategy", SLOW, ids=lambda s: s.name)


def view_of(members, **more):
    return View(range(members.shape[1]), arrays={"committee_proba": members}, **more)


@st.composite
def committees(draw):
    """Members with many ties and zeros: small whole numbers, divided by their sum."""
    members, classes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    row = st.lists(st.integers(0, 3), min_size=classes, max_size=classes).filter(any)
    count = draw(st.integers(1, 12))
    rows = st.lists(row, min_size=members * count, max_size=members * count)
    counts = np.array(draw(rows), float).reshape(members, count, classes)
    return counts / counts.sum(axis=2, keepdims=True)


@each_strategy
@given(members=committees(), k=st.integers(0, 14), seed=st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_picks_are_those_of_the_slow_reference(strategy, members, k, seed):
    picks = strategy().select(view_of(members), k, generator(seed))
    slow = [SLOW[strategy](members[:, row].tolist()) for row in range(members.shape[1])]
    expected = sorted(slow, reverse=True)[:k]
    assert [slow[row] for row in picks.ids] == pytest.approx(expected, abs=1e-9)
    assert [pick.score for pick in picks] == pytest.approx(expected, abs=1e-9)


@each_strategy
def test_picks_without_ties_are_exactly_the_slow_ones(strategy, monkeypatch):
    members = generator(5).dirichlet(np.ones(5), (17, 300))
    slow = [SLOW[strategy](members[:, row].tolist()) for row in range(300)]
    order = np.argsort([-score for score in slow], kind="stable")[:20].tolist()
    if len({round(slow[row], 9) for row in order}) < 20:
        order = None  # votes tie
    found = []
    for strip, kind in ((7, "f8"), (2048, "f8"), (64, "f4"), (64, "f8")):
        monkeypatch.setattr(disagreement, "STRIP", strip)
        found.append(strategy().select(view_of(members.astype(kind)), 20, generator(0)).ids)
    assert found[0] == found[1] == found[2] == found[3]
    assert order is None or found[0] == order


def test_float16_members_rank_like_the_same_numbers_in_float64():
    members = generator(6).dirichlet(np.ones(4), (5, 60)).astype("f2")
    first, second = (
        BALD().select(view_of(members.astype(kind)), 10, generator(0)).ids for kind in ("f2", "f8")
    )
    assert first == second


def test_bald_tells_disagreement_from_doubt():
    sure_but_apart = [[1.0, 0.0], [0.0, 1.0]]
    unsure_alike = [[0.5, 0.5], [0.5, 0.5]]
    view = view_of(np.array([sure_but_apart, unsure_alike]).transpose(1, 0, 2))
    assert [pick.score for pick in BALD().select(view, 2, generator(0))] == [
        pytest.approx(log(2)),
        0.0,
    ]
    doubt = [pick.score for pick in ConsensusEntropy().select(view, 2, generator(0))]
    assert doubt == pytest.approx([log(2), log(2)])


@each_strategy
def test_members_that_agree_are_all_ties(strategy):
    one = np.full((3, 6, 4), 0.25)
    firsts = {strategy().select(view_of(one), 1, generator(seed)).ids[0] for seed in range(100)}
    assert firsts == set(range(6))


@each_strategy
def test_nan_in_one_member_names_the_candidate(strategy):
    members = np.full((3, 4, 2), 0.5)
    members[1, 2, 0] = np.nan
    with pytest.raises(InvalidInput, match="the first is 2"):
        strategy().select(view_of(members), 1, generator(0))


@pytest.mark.parametrize("shape", [(4, 2), (3, 5, 2), (0, 4, 2), (3, 4, 0)])
def test_a_wrong_shape_is_refused(shape):
    view = View(range(4), arrays={"committee_proba": np.ones(shape)})
    with pytest.raises(InvalidInput, match="committee_proba has shape"):
        BALD().select(view, 1, generator(0))


def test_reasons_say_how_the_votes_are_split():
    members = np.array([[[0.1, 0.9], [0.8, 0.2]], [[0.7, 0.3], [0.6, 0.4]], [[0.2, 0.8], [1, 0]]])
    assert votes(members).round(3).tolist() == [[0.333, 0.667], [1.0, 0.0]]
    named = VoteEntropy().select(view_of(members, classes=("退款", "billing")), 2, generator(0))
    assert [pick.reason for pick in named] == [
        "3 models disagree: 2 say “billing”, 1 say “退款”",
        "all 3 models guess the same, but not with the same confidence",
    ]
    plain = VoteEntropy().select(view_of(members), 1, generator(0))
    assert plain.picks[0].reason == "3 models disagree: the largest camps are 2 and 1"

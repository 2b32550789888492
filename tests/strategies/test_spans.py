"""Spans: the maximal ones against all intervals; answers carried to equal tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.batch import Ragged
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.sequences.doubtful_spans import SpanUncertainty
from asknext.strategies.sequences.spans import SpanAnswer, propagate, uncertain_spans
from asknext.strategies.sequences.tokens import unsure


def slow_spans(values):
    """Take the interval of the largest sum (then the longest), and go on left and right of it."""
    sums = {
        (a, b): sum(values[a:b])
        for a in range(len(values))
        for b in range(a + 1, len(values) + 1)
        if sum(values[a:b]) > 0
    }
    if not sums:
        return []
    a, b = max(sums, key=lambda s: (sums[s], s[0] - s[1]))
    left, right = slow_spans(values[:a]), slow_spans(values[b:])
    return [*left, (a, b, sums[a, b]), *((c + b, d + b, s) for c, d, s in right)]


# Powers of two, so that no two intervals have the same sum by accident of rounding.
numbers = st.lists(st.integers(-9, 9).filter(bool), max_size=9).map(
    lambda xs: [x + 2.0 ** -(i + 2) for i, x in enumerate(xs)]
)


@given(values=numbers)
@settings(max_examples=150, deadline=None)
def test_spans_are_the_best_interval_then_the_best_left_and_right_of_it(values):
    found = uncertain_spans(np.array(values), level=0.0)
    assert sorted(found) == sorted(slow_spans(values))  # such sums are exact
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)


def test_a_sure_token_is_bridged_only_where_it_pays():
    assert [s[:2] for s in uncertain_spans(np.array([0.9, 0.2, 0.9]))] == [(0, 3)]
    assert [s[:2] for s in uncertain_spans(np.array([0.9, 0.0, 0.8]))] == [(0, 1), (2, 3)]
    assert uncertain_spans(np.array([0.5, 0.1])) == []
    assert uncertain_spans(np.empty(0)) == []


@pytest.mark.parametrize("bad", [np.array([0.1, np.nan]), np.ones((2, 2))])
def test_spans_need_one_finite_number_a_token(bad):
    with pytest.raises(InvalidInput, match="one finite number for each token"):
        uncertain_spans(bad)


@pytest.mark.parametrize("seed", range(8))
def test_the_strategy_ranks_by_the_best_interval(seed, assert_ranked):
    rng = generator(seed, "spans")
    texts = [rng.multinomial(8, [0.5, 0.3, 0.2], rng.integers(7)) / 8 for _ in range(25)]
    slow = []
    for text in texts:
        excess = (unsure(text) - 0.5).tolist()
        sums = [sum(excess[a:b]) for a in range(len(excess)) for b in range(a + 1, len(excess) + 1)]
        slow.append(max(sums) + 0.5 if sums else 0.0)
    view = View(range(25), arrays={"token_proba": Ragged.of(texts)})
    assert_ranked(SpanUncertainty(), view, slow, seed=seed)


def test_the_reason_names_the_very_span_that_is_proposed():
    sure, torn = [1.0, 0.0], [0.5, 0.5]
    texts = [[sure, torn, torn], [sure, sure, torn], [sure]]
    view = View(range(3), arrays={"token_proba": Ragged.of([np.array(t) for t in texts])})
    picks = SpanUncertainty().select(view, 3, generator(0))
    assert [(pick.id, pick.reason) for pick in picks] == [
        (0, "the model is least sure of tokens 2 to 3"),
        (1, "the model is least sure of token 3"),
        (2, "the model is fairly sure of every token; nothing less certain is left"),
    ]


@pytest.mark.parametrize("level", [0.0, 1.0, -1])
def test_a_level_lies_inside(level):
    with pytest.raises(InvalidInput, match=r"level is an uncertainty in \(0, 1\); given: "):
        SpanUncertainty(level=level)


TEXTS = [
    ["他", "去", "北", "京"],
    ["北", "京", "和", "北", "京"],
    ["New", "York", "Times"],
    ["the", "New", "York", "Times", "in", "New", "York"],
    [],
]


def test_an_answer_is_carried_to_every_equal_span():
    assert propagate([SpanAnswer(0, 2, 4, "LOC")], TEXTS) == [
        SpanAnswer(1, 0, 2, "LOC"),
        SpanAnswer(1, 3, 5, "LOC"),
    ]


def test_longer_spans_win_and_overlaps_are_left_alone():
    answers = [SpanAnswer(3, 1, 4, "ORG"), SpanAnswer(3, 5, 7, "LOC")]
    assert propagate(answers, TEXTS) == [SpanAnswer(2, 0, 3, "ORG")]
    # Without the longer one, the shorter one stands in its place too.
    assert propagate(answers[1:], TEXTS) == [
        SpanAnswer(2, 0, 2, "LOC"),
        SpanAnswer(3, 1, 3, "LOC"),
    ]


def test_what_was_answered_in_two_ways_is_not_carried():
    answers = [SpanAnswer(2, 0, 2, "LOC"), SpanAnswer(3, 1, 3, "ORG")]
    assert propagate(answers, TEXTS) == []
    assert propagate([*answers, SpanAnswer(0, 2, 4, "LOC")], TEXTS)[0] == (1, 0, 2, "LOC")


def test_nothing_from_nothing():
    assert propagate([], TEXTS) == []


@pytest.mark.parametrize("answer", [(0, 2, 5, "X"), (0, 2, 2, "X"), (9, 0, 1, "X"), (4, 0, 1, "X")])
def test_an_answer_outside_its_text_is_refused(answer):
    with pytest.raises(InvalidInput, match="lies outside the 5 texts"):
        propagate([SpanAnswer(*answer)], TEXTS)

"""Token budget: the strategy's order, cut where the tokens are used up."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build

PROBA = np.array([[0.9, 0.1], [0.5, 0.5], [0.7, 0.3], [0.6, 0.4]])  # margin asks 1, 3, 2, 0


def select(spec, lengths, k=4):
    arrays = {"proba": PROBA, "sequence_length": np.array(lengths)}
    return build(spec).select(View("abcd", arrays=arrays), k, generator(0))


@pytest.mark.parametrize(
    ("tokens", "expected"), [(1, "b"), (10, "b"), (11, "b"), (15, "bd"), (22, "bdc"), (99, "bdca")]
)
def test_the_batch_ends_with_the_first_that_does_not_fit(tokens, expected):
    # "a" (1 token) would fit after "b", but it is not what the strategy wants next.
    found = select(f"token_budget(margin, tokens={tokens})", [1, 10, 7, 5])
    assert found.ids == list(expected)


def test_k_is_a_limit_too():
    assert select("token_budget(margin, tokens=99)", [1, 10, 7, 5], k=2).ids == ["b", "d"]
    assert select("token_budget(margin)", [1, 10, 7, 5], k=0).ids == []


def test_name_and_needs():
    made = build("token_budget(mnlp, tokens=50)")
    assert made.name == "token_budget(mnlp)"
    assert made.needs == {"token_proba", "sequence_length"}
    assert made.tasks == {"tagging"}
    assert (
        select("token_budget(margin)", [1, 1, 1, 1]).picks[0].strategy == "token_budget(margin)@1"
    )


def test_a_first_part_is_the_smaller_batch():
    rng = generator(3)
    arrays = {"proba": rng.dirichlet(np.ones(3), 30), "sequence_length": rng.integers(1, 20, 30)}
    view = View(range(30), arrays=arrays)
    made = build("token_budget(margin, tokens=100)")
    whole = made.select(view, 30, generator(1)).ids
    assert 0 < len(whole) < 30
    assert arrays["sequence_length"][whole].sum() <= 100
    assert made.select(view, 3, generator(1)).ids == whole[:3]


@pytest.mark.parametrize("lengths", [[1, 2, 3], [1, 2, 3, -4], [1.0, 2.0, 3.0, np.nan]])
def test_lengths_must_be_numbers_of_tokens(lengths):
    with pytest.raises(InvalidInput, match="sequence_length must be 4 lengths of 0 or more"):
        select("token_budget(margin)", lengths)


def test_a_budget_is_a_whole_number():
    with pytest.raises(InvalidInput, match="tokens of token_budget is a whole number, 1 or more"):
        build("token_budget(margin, tokens=0)")

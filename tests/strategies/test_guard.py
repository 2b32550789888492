"""The near-duplicate guard: against a greedy walk down the ranking, by identity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.wrappers.guard import NearDuplicateGuard


def proba_for(order):
    """Probabilities by which margin asks the candidates in this order."""
    first = np.empty(len(order))
    first[list(order)] = np.linspace(0.5, 1.0, len(order))
    return np.stack([first, 1 - first], axis=1)


def guarded(arrays, k, *, strategy=None, **more):
    n = len(arrays["proba"])
    guard = NearDuplicateGuard(strategy or Margin())
    return guard.select(View(range(n), arrays=arrays, **more), k, generator(0)).ids


def slow_guard(order, k, groups, vectors, pending):
    kept = list(pending)
    picks = []
    for row in order:
        near = any(
            groups[row] == groups[i] or float(vectors[row] @ vectors[i]) > 0.97 for i in kept
        )
        if not near and len(picks) < k:
            picks.append(row)
            kept.append(row)
    return picks


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_picks_are_those_of_the_slow_reference(data):
    n = data.draw(st.integers(1, 30))
    order = data.draw(st.permutations(range(n)))
    groups = np.array(data.draw(st.lists(st.integers(0, n), min_size=n, max_size=n)))
    angles = np.array(data.draw(st.lists(st.integers(0, 20), min_size=n, max_size=n))) * 0.3
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    pending = data.draw(st.sets(st.integers(0, n - 1), max_size=3))
    k = data.draw(st.integers(0, n + 2))
    arrays = {"proba": proba_for(order), "near": groups, "embedding": vectors}
    found = guarded(arrays, k, pending=sorted(pending))
    assert found == slow_guard(order, k, groups, vectors, sorted(pending))


def test_of_exact_duplicates_one_is_asked():
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2]]
    arrays = {"proba": proba_for(range(5)), "embedding": vectors}
    assert guarded(arrays, 5) == [0, 2, 4]
    assert guarded({**arrays, "near": np.arange(5)}, 2) == [0, 2]


def test_float32_duplicates_whose_cosine_is_not_quite_one():
    # A peer took arccos of such a cosine, got NaN, and asked a duplicate first.
    vectors = generator(0).standard_normal((400, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    twice = np.concatenate([vectors, vectors])
    found = guarded({"proba": proba_for(range(800)), "embedding": twice}, 800)
    assert found == list(range(400))


def test_what_is_left_out_is_replaced_by_the_next_best():
    arrays = {"proba": proba_for([4, 3, 2, 1, 0]), "near": np.array([0, 1, 7, 7, 7])}
    assert guarded(arrays, 2) == [4, 1]
    assert guarded(arrays, 3) == [4, 1, 0]
    assert guarded(arrays, 5) == [4, 1, 0]


def test_nothing_near_what_is_pending():
    vectors = np.eye(4, dtype=np.float32)
    arrays = {"proba": proba_for(range(4)), "embedding": vectors, "near": np.arange(4)}
    assert guarded(arrays, 4, pending=[1]) == [0, 2, 3]
    assert guarded({**arrays, "pending_near": np.array([2])}, 4, pending=["out"]) == [0, 1, 3]
    near_first = {"pending_embedding": vectors[[0]] + 0.01}
    assert guarded({**arrays, **near_first}, 4, pending=["out"]) == [1, 2, 3]


def test_vectors_of_any_length_are_compared_by_their_direction():
    vectors = np.array([[1, 0], [5, 0.1], [0, 2], [0, 0], [0, 0]], np.float32)
    assert guarded({"proba": proba_for(range(5)), "embedding": vectors}, 5) == [0, 2, 3, 4]


def test_without_groups_and_vectors_it_changes_nothing():
    assert guarded({"proba": proba_for([2, 0, 1])}, 3) == [2, 0, 1]


def test_a_random_strategy_is_filled_up_too():
    vectors = np.repeat(np.eye(12, dtype=np.float32), 50, axis=0)
    arrays = {"proba": proba_for(range(600)), "embedding": vectors}
    found = guarded(arrays, 12, strategy=TypiClust())
    assert sorted(row // 50 for row in found) == list(range(12))


def test_it_is_a_strategy_with_the_name_and_needs_of_the_inner():
    guard = NearDuplicateGuard(Margin(), threshold=0.9)
    assert isinstance(guard, Strategy)
    assert (guard.name, guard.version, guard.needs, guard.tasks) == (
        "margin",
        1,
        frozenset({"proba"}),
        frozenset({"classification"}),
    )


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1.0, float("nan")])
def test_a_threshold_is_a_cosine(threshold):
    with pytest.raises(InvalidInput, match="threshold is a cosine"):
        NearDuplicateGuard(Margin(), threshold=threshold)

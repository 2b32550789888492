"""Samples: disagreement in letters, entropy over meanings."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.generation.chrf import disagreement
from asknext.strategies.generation.sample_disagreement import (
    SampleDisagreement,
    SemanticEntropy,
    meanings,
)
from asknext.strategies.sequences.whole import NbestEntropy


def sampled(rows):
    table = np.empty((len(rows), len(rows[0])), object)
    table[:] = rows
    return View(range(len(rows)), arrays={"samples": table})


@pytest.mark.parametrize("seed", range(3))
def test_letters_are_ranked_by_their_disagreement(seed, assert_ranked):
    rng = generator(seed)
    words = ["退款", "发货", "refund", "the parcel"]
    rows = [[" ".join(rng.choice(words, 2)) for _ in range(3)] for _ in range(15)]
    assert_ranked(SampleDisagreement(), sampled(rows), [disagreement(row) for row in rows])


def test_the_reason_counts_different_answers():
    picks = SampleDisagreement().select(sampled([["a", "a", "b"], ["a"] * 3]), 2, generator(0))
    assert picks.ids == [0, 1]
    assert picks.picks[0].reason == "asked 3 times, the model wrote 2 different answers"


def test_samples_must_be_texts():
    with pytest.raises(InvalidInput, match="samples of 1 hold something that is no text"):
        SampleDisagreement().select(sampled([["a", "b"], ["a", None]]), 1, generator(0))
    view = View([0], arrays={"samples": np.array(["a", "b"], object)})
    with pytest.raises(InvalidInput, match=r"samples has shape \(2,\)"):
        SampleDisagreement().select(view, 1, generator(0))


def slow_semantic(vectors, logprob, threshold):
    """Join the first group whose first member is near enough, as Kuhn et al. do."""
    groups = []
    for j, vector in enumerate(vectors):
        for group in groups:
            first = vectors[group[0]]
            if first @ vector / np.linalg.norm(first) / np.linalg.norm(vector) >= threshold:
                group.append(j)
                break
        else:
            groups.append([j])
    total = sum(map(exp, logprob))
    shares = [sum(exp(logprob[j]) for j in group) / total for group in groups]
    return -sum(p * log(p) for p in shares)


def make_samples(seed, n=30, samples=6):
    rng = generator(seed, "samples")
    vectors = rng.standard_normal((n, samples, 3)) + 1.0
    return vectors, -3 * rng.random((n, samples))


def view_of(vectors, logprob):
    arrays = {"sample_embedding": vectors, "sample_logprob": logprob}
    return View(range(len(vectors)), arrays=arrays)


@pytest.mark.parametrize("threshold", [0.5, 0.9])
@pytest.mark.parametrize("seed", range(4))
def test_meanings_are_those_of_a_loop(seed, threshold, assert_ranked):
    vectors, logprob = make_samples(seed)
    slow = [slow_semantic(v, p, threshold) for v, p in zip(vectors, logprob.tolist(), strict=True)]
    assert_ranked(SemanticEntropy(threshold=threshold), view_of(vectors, logprob), slow, seed=seed)


def test_one_meaning_has_no_entropy_and_all_different_is_the_nbest_entropy():
    vectors, logprob = make_samples(1, samples=3)
    same = view_of(np.ones_like(vectors) * (1 + np.arange(3))[:, None], logprob)
    assert SemanticEntropy().score(same).tolist() == pytest.approx([0.0] * 30, abs=1e-12)
    apart = view_of(np.broadcast_to(np.eye(3), (30, 3, 3)), logprob)
    expected = NbestEntropy().score(apart).tolist()
    assert SemanticEntropy().score(apart).tolist() == pytest.approx(expected)


def test_a_group_is_its_first_member_not_a_chain():
    # The second is near the first, the third near the second only.
    angles = np.radians([0, 20, 40])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])[None]
    assert meanings(vectors, 0.9).tolist() == [[0, 0, 2]]
    assert meanings(vectors[:, ::-1], 0.9).tolist() == [[0, 0, 2]]
    assert meanings(np.zeros((1, 2, 2)), 0.9).tolist() == [[0, 1]]


def test_kind_of_number_and_block_do_not_change_the_picks(monkeypatch):
    vectors, logprob = make_samples(2)
    vectors = vectors.astype(np.float16)
    expected = SemanticEntropy().select(view_of(vectors, logprob), 30, generator(0)).ids
    for kind in (np.float32, np.float64):
        found = SemanticEntropy().select(view_of(vectors.astype(kind), logprob), 30, generator(0))
        assert found.ids == expected
    monkeypatch.setattr("asknext.strategies.generation.sample_disagreement.BLOCK", 13)
    assert SemanticEntropy().select(view_of(vectors, logprob), 30, generator(0)).ids == expected


def test_unusable_samples_are_refused():
    vectors, logprob = make_samples(3)
    with pytest.raises(InvalidInput, match=r"sample_embedding is \(30, 6, 3\) and .* \(30, 5\)"):
        SemanticEntropy().select(view_of(vectors, logprob[:, :5]), 1, generator(0))
    vectors[4, 2, 1] = np.inf
    with pytest.raises(InvalidInput, match="sample_embedding holds NaN or infinite"):
        SemanticEntropy().select(view_of(vectors, logprob), 1, generator(0))


@pytest.mark.parametrize("threshold", [0.0, 1.5])
def test_a_threshold_is_a_cosine(threshold):
    with pytest.raises(InvalidInput, match=r"threshold is a cosine in \(0, 1\]; given: "):
        SemanticEntropy(threshold=threshold)

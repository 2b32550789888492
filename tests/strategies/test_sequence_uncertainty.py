"""Whole sequences: exact sums over all tag sequences, N-best, lengths."""

from __future__ import annotations

from itertools import pairwise, product
from math import exp, log

import numpy as np
import pytest

from asknext.core.batch import Ragged
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.sequences.crf import CrfEntropy, chain_entropies
from asknext.strategies.sequences.whole import (
    Mnlp,
    NbestEntropy,
    SequenceConfidence,
    SequenceEntropy,
    SequenceLogprob,
)


def entropy(p):
    return -sum(x * log(x) for x in p if x > 0)


def make_texts(seed, n=20, tags=3, longest=5):
    rng = generator(seed, "texts")
    return [rng.dirichlet(np.ones(tags), rng.integers(longest)) for _ in range(n)]


def tokens(texts, name="token_proba", tags=3, **more):
    runs = Ragged.of([np.asarray(text).reshape(-1, tags) for text in texts])
    return View(range(len(texts)), arrays={name: runs, **more})


def all_paths(text, step=None):
    """Return the score of each tag sequence of one text."""
    tags = len(text[0]) if len(text) else 1
    return [
        sum(text[i][tag] for i, tag in enumerate(path))
        + (0 if step is None else sum(step[a][b] for a, b in pairwise(path)))
        for path in product(range(tags), repeat=len(text))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_mnlp_is_the_mean_log_of_the_best_tags(seed, assert_ranked):
    texts = make_texts(seed)
    slow = [
        -sum(log(max(p)) for p in text.tolist()) / len(text) if len(text) else 0.0 for text in texts
    ]
    assert_ranked(Mnlp(), tokens(texts), slow, seed=seed)


@pytest.mark.parametrize("seed", range(4))
def test_mnlp_equals_the_normalised_path_of_an_independent_tagger(seed):
    texts = make_texts(seed)
    best = [max(all_paths(np.log(text))) if len(text) else 0.0 for text in texts]
    lengths = np.array([len(text) for text in texts])
    view = tokens(texts, sequence_logprob=np.array(best), sequence_length=lengths)
    by_tokens, by_path = Mnlp().score(view), SequenceLogprob().score(view)
    assert by_tokens.tolist() == pytest.approx(by_path.tolist())


@pytest.mark.parametrize("seed", range(6))
def test_sequence_entropy_is_that_of_all_sequences(seed, assert_ranked):
    texts = make_texts(seed)
    slow = [entropy([exp(s) for s in all_paths(np.log(text))]) for text in texts]
    assert_ranked(SequenceEntropy(), tokens(texts), slow, seed=seed)


@pytest.mark.parametrize("seed", range(6))
def test_crf_entropy_is_that_of_all_paths(seed, assert_ranked):
    rng = generator(seed, "crf")
    texts = [3 * rng.standard_normal((rng.integers(6), 3)) for _ in range(20)]
    step = 2 * rng.standard_normal((3, 3))
    slow = []
    for text in texts:
        weights = np.exp(all_paths(text, step))
        slow.append(entropy((weights / weights.sum()).tolist()))
    view = tokens(texts, "token_logit", transition=step)
    assert_ranked(CrfEntropy(), view, slow, seed=seed)


def test_crf_without_transitions_is_the_sum_of_the_token_entropies():
    texts = make_texts(2)
    view = tokens([np.log(text) for text in texts], "token_logit", transition=np.full((3, 3), 0.7))
    expected = SequenceEntropy().score(tokens(texts))
    assert CrfEntropy().score(view).tolist() == pytest.approx(expected.tolist())


def test_crf_takes_forbidden_steps_and_long_certain_chains():
    # Only staying is allowed: two paths, whatever the length.
    stay = np.where(np.eye(2) > 0, 0.0, -1e4)
    assert chain_entropies(np.zeros((1, 300, 2)), stay).tolist() == pytest.approx([log(2)])
    # p of the other tag is 1e-9 at each of 1,000 tokens: a difference of sums would lose it.
    sure = np.tile([0.0, log(1e-9)], (1, 1000, 1))
    p = 1e-9 / (1 + 1e-9)
    expected = 1000 * entropy([p, 1 - p])
    assert chain_entropies(sure, np.zeros((2, 2)))[0] == pytest.approx(expected, rel=1e-6)


def test_blocks_do_not_change_crf_entropy(monkeypatch):
    rng = generator(1)
    texts = [rng.standard_normal((rng.integers(6), 3)) for _ in range(40)]
    view = tokens(texts, "token_logit", transition=rng.standard_normal((3, 3)))
    expected = CrfEntropy().select(view, 40, generator(0)).ids
    monkeypatch.setattr("asknext.strategies.sequences.crf.BLOCK", 1)
    assert CrfEntropy().select(view, 40, generator(0)).ids == expected


@pytest.mark.parametrize("step", [np.zeros((2, 2)), np.zeros((3, 2)), np.full((3, 3), -np.inf)])
def test_crf_refuses_transitions_that_do_not_fit(step):
    view = tokens([np.zeros((2, 3))], "token_logit", transition=step)
    with pytest.raises(InvalidInput, match="transition"):
        CrfEntropy().select(view, 1, generator(0))


@pytest.mark.parametrize("seed", range(4))
def test_nbest_entropy_scales_the_samples_to_one(seed, assert_ranked):
    logprob = -20 * generator(seed).random((30, 4))
    logprob[::7] = logprob[0]  # ties
    slow = []
    for row in logprob.tolist():
        weights = [exp(x) for x in row]
        slow.append(entropy([w / sum(weights) for w in weights]))
    view = View(range(30), arrays={"sample_logprob": logprob})
    assert_ranked(NbestEntropy(), view, slow, seed=seed)


def test_nbest_entropy_of_all_sequences_is_the_sequence_entropy():
    texts = [text for text in make_texts(5, longest=4) if len(text) == 3]
    everything = np.array([all_paths(np.log(text)) for text in texts])
    view = tokens(texts, sample_logprob=everything)
    found = NbestEntropy().score(view)
    assert found.tolist() == pytest.approx(SequenceEntropy().score(view).tolist())


def test_nbest_entropy_of_tiny_probabilities_does_not_underflow():
    view = View([0], arrays={"sample_logprob": np.array([[-5000.0, -5000.0]])})
    assert NbestEntropy().score(view).tolist() == pytest.approx([log(2)])


def test_confidence_tells_long_texts_apart_that_all_round_to_one():
    logprob = np.array([-900.0, -800.0, -1000.0, -0.1])
    view = View("abcd", arrays={"sequence_logprob": logprob})
    assert SequenceConfidence().select(view, 4, generator(0)).ids == ["c", "a", "b", "d"]


def test_the_path_is_normalised_by_its_length():
    arrays = {
        "sequence_logprob": np.array([-10.0, -9.0, 0.0, -4.0]),
        "sequence_length": np.array([10, 3, 0, 2]),
    }
    view = View("abcd", arrays=arrays)
    assert SequenceLogprob().score(view).tolist() == [1.0, 3.0, 0.0, 2.0]
    assert SequenceLogprob().select(view, 2, generator(0)).ids == ["b", "d"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"sequence_logprob": np.array([-1.0, 0.5])}, "a log-probability is at most 0"),
        ({"sequence_logprob": np.array([-1.0, np.nan])}, "1 of 2 candidates, the first is 1"),
        ({"sequence_logprob": np.array([-1.0, -np.inf])}, "1 of 2 candidates, the first is 1"),
        ({"sequence_length": np.array([-1, 2])}, "lengths are finite numbers, 0 or more"),
        ({"sequence_length": np.array([1.0, np.inf])}, "holds inf; lengths are finite"),
    ],
)
def test_numbers_that_cannot_be_are_refused(arrays, message):
    whole = {"sequence_logprob": np.array([-1.0, -2.0]), "sequence_length": np.array([1, 2])}
    with pytest.raises(InvalidInput, match=message):
        SequenceLogprob().select(View(range(2), arrays=whole | arrays), 1, generator(0))


def test_samples_without_any_probability_are_refused():
    view = View([0], arrays={"sample_logprob": np.array([[-np.inf, -np.inf]])})
    with pytest.raises(InvalidInput, match="1 of 1 candidates"):
        NbestEntropy().select(view, 1, generator(0))

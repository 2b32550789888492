"""The conditional random field says what counting all paths says."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from asknext.core.batch import Batch, Ragged, Tokens
from asknext.core.seeds import generator
from asknext.core.spans import FORBIDDEN, steps_of
from asknext.core.tasks import Tagging
from asknext.core.view import View
from asknext.models.chain import Chain, Walk
from asknext.models.chain_fit import KINSHIP, Judged, Weights, minimise
from asknext.models.deep.problems.tagging import allowed
from asknext.models.linear_tokens import LinearTokens
from asknext.strategies.sequences.crf import CrfEntropy

LENGTHS = [3, 0, 1, 4, 4]
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
TAGS = 3


def chain(seed=0, forbidden=False):
    rng = generator(seed, "chain")
    scores = 3.0 * rng.standard_normal((OFFSETS[-1], TAGS))
    steps = rng.standard_normal((TAGS, TAGS))
    if forbidden:
        steps += steps_of(("O", "B-X", "I-X"))
    return Chain(scores, steps, Walk.of(OFFSETS))


def counted(one, text):
    """Return all paths (p, length) of a text and their scores (p,)."""
    scores = one.scores[OFFSETS[text] : OFFSETS[text + 1]]
    paths = np.array(list(product(range(TAGS), repeat=len(scores))), np.int64)
    paths = paths.reshape(TAGS ** len(scores), len(scores))
    total = scores[np.arange(len(scores)), paths].sum(axis=1)
    return paths, total + one.steps[paths[:, :-1], paths[:, 1:]].sum(axis=1)


@pytest.mark.parametrize("forbidden", [False, True], ids=["all steps", "some forbidden"])
@pytest.mark.parametrize("text", range(len(LENGTHS)))
def test_totals_best_paths_and_marginals(text, forbidden):
    one = chain(text, forbidden)
    paths, scores = counted(one, text)
    own = slice(OFFSETS[text], OFFSETS[text + 1])
    total = np.logaddexp.reduce(scores)
    assert one.log_totals[text] == pytest.approx(total)
    best = one.best_path()
    assert best[own].tolist() == paths[scores.argmax()].tolist()
    assert one.path_scores(best)[text] == pytest.approx(scores.max())
    chances = np.exp(scores - total)
    slow = [[chances[paths[:, t] == tag].sum() for tag in range(TAGS)] for t in range(len(paths.T))]
    np.testing.assert_allclose(one.marginals[own], np.reshape(slow, (-1, TAGS)), atol=1e-9)


@pytest.mark.parametrize("forbidden", [False, True], ids=["all steps", "some forbidden"])
def test_expected_steps(forbidden):
    one = chain(7, forbidden)
    weights = np.array([1.0, 1.0, 1.0, 0.5, 2.0])
    slow = np.zeros((TAGS, TAGS))
    for text, weight in enumerate(weights):
        paths, scores = counted(one, text)
        chances = weight * np.exp(scores - np.logaddexp.reduce(scores))
        for path, chance in zip(paths, chances, strict=True):
            np.add.at(slow, (path[:-1], path[1:]), chance)
    np.testing.assert_allclose(one.expected_steps(weights), slow, atol=1e-9)


def test_very_sure_tokens_leave_finite_numbers():
    scores = np.array(
        [[0.0, 900.0, 0.0], [900.0, 0.0, 0.0], [-900.0, 899.0, 900.0], [0.0, 0.0, 1.0]]
    )
    one = Chain(scores, steps_of(("O", "B-X", "I-X")), Walk.of(np.array([0, 4])))
    assert np.isfinite(one.marginals).all()
    assert np.isfinite(one.expected_steps(np.ones(1))).all()
    assert one.best_path().tolist() == [1, 0, 1, 2]


def test_no_texts():
    one = Chain(np.empty((0, 2)), np.zeros((2, 2)), Walk.of(np.array([0, 0])))
    assert one.marginals.shape == (0, 2)
    assert one.best_path().tolist() == []
    assert one.log_totals.tolist() == [0.0]


def test_the_fit_is_where_the_penalised_loss_is_lowest():
    rng = generator(0, "fit")
    tags = ("O", "B-X", "I-X")
    vectors = rng.standard_normal((OFFSETS[-1], 2)).astype(np.float32)
    numbers = np.array([1, 2, 0, 0, 1, 1, 2, 0, 0, 1, 2, 2])
    weights = np.array([1.0, 1.0, 2.0, 1.0, 1.0])
    first = np.array(LENGTHS) > 0
    judged = Judged(vectors, numbers, OFFSETS, weights, first, tags, 0.7, lean=0.4)
    nothing = Weights(np.zeros((2, 3)), np.zeros(3), np.zeros((3, 3)))
    found = minimise(judged, nothing, tol=1e-9, most=500)
    open_to = steps_of(tags) == 0
    covariance = np.eye(3) + KINSHIP * np.array([[1, 0, 0], [0, 1, 1], [0, 1, 1]])

    def loss(weight, bias, steps):
        scores = vectors @ weight + bias + [0.4, 0.0, 0.0]
        scores[OFFSETS[:-1][first], 2] += FORBIDDEN
        one = Chain(scores, steps + steps_of(tags), Walk.of(OFFSETS))
        said = weights @ (one.log_totals - one.path_scores(numbers))
        penalty = np.trace(weight @ np.linalg.inv(covariance) @ weight.T) + np.square(steps).sum()
        return said + penalty / (2 * 0.7)

    lowest = loss(*found)
    for _ in range(30):
        moved = [part + 0.02 * rng.standard_normal(part.shape) for part in found]
        moved[2] = np.where(open_to, moved[2], 0.0)
        assert loss(*moved) > lowest - 1e-6


def texts_and_spans():
    rng = generator(1, "texts")
    places = np.array([[0, 2], [3, 5], [6, 8]])
    kinds = rng.integers(0, 2, 40)
    runs = [rng.standard_normal((3, 4)) + 2.0 * kind for kind in kinds]
    spans = [
        [{"start": 0, "end": 5 + 3 * (i % 2), "label": "X"}] if k else []
        for i, k in enumerate(kinds)
    ]
    return Tokens(Ragged.of(runs), Ragged.of([places] * 40)), spans


def test_what_the_tagger_says_fits_together():
    tokens, spans = texts_and_spans()
    batch = Batch(40, load_tokens=lambda: tokens)
    task = Tagging(("X", "never"))
    made = LinearTokens(task).fit(batch, spans, seed=0)
    found = made.predict(batch)
    classes = made.classes
    path = found.array("token_tags")
    for i in range(40):
        tags = [classes[j] for j in path[i].astype(int)]
        assert all(
            b[:2] != "I-" or a[2:] == b[2:] for a, b in zip(["O", *tags], tags, strict=False)
        )
    assert (found.array("sequence_logprob") <= 0).all()
    np.testing.assert_allclose(found.array("token_proba").values.sum(axis=1), 1.0, atol=1e-5)
    logit, steps = found.array("token_logit"), made.parameters["transition"]
    view = View(list(range(40)), arrays={"token_logit": logit, "transition": steps})
    entropy = CrfEntropy().score(view)
    scores = np.array(
        [
            sum(logit[3][t][p[t]] for t in range(3)) + sum(steps[a, b] for a, b in pairwise(p))
            for p in product(range(len(classes)), repeat=3)
        ]
    )
    chances = np.exp(scores - np.logaddexp.reduce(scores))
    slow = -(chances * np.log(np.maximum(chances, 1e-300))).sum()
    assert entropy[3] == pytest.approx(slow, abs=1e-6)
    assert found.array("sequence_logprob")[3] == pytest.approx(np.log(chances.max()), abs=1e-4)


def test_a_tagger_saved_before_steps_were_learnt_still_loads(tmp_path):
    tokens, spans = texts_and_spans()
    batch = Batch(40, load_tokens=lambda: tokens)
    made = LinearTokens(Tagging(("X",))).fit(batch, spans, seed=0)
    made.coefficients.save(tmp_path)
    loaded = LinearTokens.load(tmp_path, Tagging(("X", "new")))
    np.testing.assert_array_equal(loaded.parameters["transition"], steps_of(made.classes))
    assert loaded.predict(batch).array("token_proba").shape == (120, 3)


def test_a_fine_tuned_tagger_says_no_path_that_cannot_be():
    logits = Ragged.of([[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 1.5]]])
    found = allowed(logits, ("O", "B-X", "I-X"))
    assert [found[i].tolist() for i in range(2)] == [[1, 2], [0, 1]]

"""The heads that learn at once find what scikit-learn finds, where it has the same problem."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.linear_model import Ridge as PlainRidge

from asknext.core.batch import Batch, Ragged, Tokens
from asknext.core.seeds import generator
from asknext.core.tasks import Generation, MultiLabel, Preference, Regression, Tagging
from asknext.models.bradley_terry import BradleyTerry
from asknext.models.committee import committee
from asknext.models.linear_labels import LinearLabels
from asknext.models.linear_tokens import LinearTokens
from asknext.models.retrieval import Retrieval
from asknext.models.ridge import Ridge


def vectors(n, columns=6, seed=0):
    return generator(seed, "golden").standard_normal((n, columns)).astype(np.float32)


def wrapped(table):
    return Batch(len(table), vectors=table)


def test_labels_are_the_logistic_regressions_of_each():
    table = vectors(80)
    task = MultiLabel(("甲", "b", "never", "always"))
    truth = (table @ vectors(2, seed=1).T + 0.3 * vectors(80, 2, seed=2)) > 0.4
    said = [
        [*(n for n, hit in zip(task.labels, row, strict=False) if hit), "always"] for row in truth
    ]
    found = LinearLabels(task, C=2.0, tol=1e-7).fit(wrapped(table), said, seed=0)
    proba = found.predict(wrapped(table)).array("label_proba")
    for column in range(2):
        slow = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(table, truth[:, column])
        np.testing.assert_allclose(proba[:, column], slow.predict_proba(table)[:, 1], atol=1e-3)
    np.testing.assert_allclose(proba[:, 2], 0.5 / 81, rtol=1e-4)
    np.testing.assert_allclose(proba[:, 3], 80.5 / 81, rtol=1e-4)


@pytest.mark.parametrize("count", [12, 60], ids=["fewer labels than columns", "more"])
def test_ridge_is_ridge_with_its_own_penalty(count):
    table = vectors(count, 20)
    numbers = 5 + table @ vectors(1, 20, seed=3)[0] + 0.5 * vectors(count, 1, seed=4)[:, 0]
    numbers = np.clip(numbers, -20, 30).astype(float)
    made = Ridge(Regression(-20, 30)).fit(wrapped(table), numbers.tolist(), seed=0)
    pool = vectors(30, 20, seed=5)
    slow = PlainRidge(alpha=made.line.penalty).fit(table, numbers)
    said = made.predict(wrapped(pool))
    np.testing.assert_allclose(said.array("mean"), slow.predict(pool), atol=1e-3)
    shown = made.parameters
    np.testing.assert_allclose(shown["weight"][0], slow.coef_, atol=1e-4)
    np.testing.assert_allclose(shown["bias"][0], slow.intercept_, atol=1e-3)
    line = made.line
    centred, moved = table - table.mean(axis=0), pool - table.mean(axis=0)
    spread = np.linalg.inv(centred.T @ centred + line.penalty * np.eye(20)) * line.noise
    expected = np.einsum("ij,jk,ik->i", moved, spread, moved) + line.noise * (1 + 1 / count)
    np.testing.assert_allclose(said.array("variance"), expected, rtol=2e-3)


def test_ridge_agrees_with_bayesian_ridge_where_there_are_many_labels():
    table = vectors(400, 10)
    numbers = 5 + 0.4 * table @ vectors(1, 10, seed=3)[0] + 0.5 * vectors(400, 1, seed=4)[:, 0]
    made = Ridge(Regression(-5, 15)).fit(wrapped(table), numbers.astype(float).tolist(), seed=0)
    slow = BayesianRidge(max_iter=1000, tol=1e-8).fit(table, numbers)
    mean, spread = slow.predict(vectors(30, 10, seed=5), return_std=True)
    said = made.predict(wrapped(vectors(30, 10, seed=5)))
    np.testing.assert_allclose(said.array("mean"), mean, atol=0.02)
    assert np.abs(np.sqrt(said.array("variance")) / spread - 1).max() < 0.3


def test_a_committee_of_lines_varies_as_the_variance_says():
    table = vectors(15, 20)
    numbers = np.clip(5 + table @ vectors(1, 20, seed=3)[0], -20, 30).astype(float).tolist()
    made = Ridge(Regression(-20, 30)).fit(wrapped(table), numbers, seed=0)
    pool = wrapped(vectors(30, 20, seed=5))
    found = committee(made, wrapped(table), numbers, pool, members=3000)
    line = made.line
    expected = made.predict(pool).array("variance") - line.noise
    np.testing.assert_allclose(found.var(axis=0), expected, rtol=0.2)
    np.testing.assert_allclose(found.mean(axis=0), made.predict(pool).array("mean"), atol=0.3)
    refitted = committee(made, wrapped(table), numbers, pool, members=3, kind="bootstrap")
    assert refitted.shape == (3, 30)
    assert refitted.std(axis=0).min() > 0


def test_comparisons_are_a_logistic_regression_without_intercept():
    table = vectors(60, 15)
    gap = (table[:, 5:10] - table[:, 10:]) @ vectors(1, 5, seed=6)[0]
    said = ["a" if g > 0 else "b" for g in gap + vectors(60, 1, seed=7)[:, 0]]
    made = BradleyTerry(Preference(), C=3.0, tol=1e-8).fit(wrapped(table), said, seed=0)
    rows = table[:, 5:10] - table[:, 10:]
    slow = LogisticRegression(C=3.0, fit_intercept=False, tol=1e-10).fit(rows, said)
    found = made.predict(wrapped(table))
    np.testing.assert_allclose(found.array("reward_gap"), -rows @ slow.coef_[0], atol=1e-2)
    np.testing.assert_allclose(found.array("pair_difference")[:], rows, atol=1e-6)
    np.testing.assert_array_equal(found.array("prompt_embedding")[:], table[:, :5])
    swapped = np.concatenate([table[:, :5], table[:, 10:], table[:, 5:10]], axis=1)
    turned = made.predict(wrapped(swapped)).array("reward_gap")
    np.testing.assert_allclose(turned, -found.array("reward_gap"), atol=1e-5)


def test_a_tie_counts_half_each_way_and_bad_not_at_all():
    table = vectors(10, 6)
    blank = BradleyTerry(Preference(), tol=1e-9)
    ties = blank.fit(wrapped(table), ["tie", "bad", *"abababab"], seed=0)
    twice = np.concatenate([table[:1], table[:1], table[2:]])
    halves = np.array([0.5, 0.5, *np.ones(8)])
    split = blank.fit(wrapped(twice), ["a", "b", *"abababab"], seed=0, weights=halves)
    one, other = (m.predict(wrapped(table)).array("reward_gap") for m in (ties, split))
    np.testing.assert_allclose(one, other, atol=1e-4)
    none = blank.fit(wrapped(table[:2]), ["bad", "bad"], seed=0).predict(wrapped(table))
    assert (none.array("reward_gap") == 0).all()


def test_a_masked_part_of_a_text_teaches_nothing():
    places = np.array([[0, 2], [3, 5], [6, 8]])
    table = vectors(12, 4)
    tokens = Tokens(Ragged.of(list(table.reshape(4, 3, 4))), Ragged.of([places] * 4))
    other = table.copy()
    other[1::3] = 9.0  # the middle token of each text
    changed = Tokens(Ragged.of(list(other.reshape(4, 3, 4))), Ragged.of([places] * 4))
    masked = [
        {"start": 0, "end": 2, "label": "X"},
        {"start": 3, "end": 5, "label": None},
    ]
    models = [
        LinearTokens(Tagging(("X",))).fit(Batch(4, load_tokens=lambda t=t: t), [masked] * 4, seed=0)
        for t in (tokens, changed)
    ]
    said = [m.predict(Batch(4, load_tokens=lambda: tokens)).array("token_proba") for m in models]
    np.testing.assert_array_equal(said[0].values, said[1].values)
    assert models[0].predict(Batch(4, load_tokens=lambda: tokens)).classes == ("O", "B-X", "I-X")
    assert said[0].values[:, 2].max() < 1e-9, "a tag that was never shown is improbable"


def test_the_nearest_answer_is_given_with_the_share_of_those_that_say_the_same():
    table = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    memory = Retrieval(Generation(), sharpness=1.0).fit(wrapped(table), ["x", "x", "y"], seed=0)
    found = memory.predict(wrapped(np.array([[2, 0], [0, 3]], np.float32)))
    assert found.array("output").tolist() == ["x", "y"]
    share = np.array([2 * np.e / (2 * np.e + 1), np.e / (np.e + 2)])
    np.testing.assert_allclose(np.exp(found.array("sequence_logprob")), share, rtol=1e-5)

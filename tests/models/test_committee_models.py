"""Committees: what each kind varies, that columns are right, and that draws have H⁻¹ as spread."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.batch import Batch, Rows
from asknext.core.curvature import Curvature, contrasts, with_one
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.tasks import Classification
from asknext.models.committee import KINDS, committee, draw
from asknext.models.linear import LinearHead

NAMES = ("alpha", "beta", "从来没有", "gamma")


def groups(count, columns=6, seed=0, labels=("gamma", "alpha", "beta")):
    """Vectors in as many overlapping groups as there are labels."""
    rng = generator(seed, "groups")
    which = np.arange(count) % len(labels)
    centres = rng.standard_normal((len(labels), columns))
    vectors = centres[which] + 0.8 * rng.standard_normal((count, columns))
    return vectors.astype(np.float32), [labels[i] for i in which]


@pytest.fixture
def fitted():
    vectors, labels = groups(30)
    batch = Batch(len(vectors), vectors=vectors)
    head = LinearHead(Classification(NAMES), C=3.0, tol=1e-7).fit(batch, labels, seed=0)
    pool = groups(50, seed=1)[0]
    return head, batch, labels, Batch(len(pool), vectors=pool)


def test_the_registry_has_it():
    assert registry.get("service", "model.committee") is committee


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_rows_sum_to_one_and_the_same_seed_gives_the_same(fitted, kind):
    head, batch, labels, pool = fitted
    found = committee(head, batch, labels, pool, members=4, seed=3, kind=kind)
    assert found.shape == (4, 50, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=2), 1.0, atol=1e-5)
    again = committee(head, batch, labels, pool, members=2, seed=3, kind=kind)
    np.testing.assert_array_equal(found[:2], again)


@pytest.mark.parametrize("kind", ["bootstrap", "kinds", "laplace"])
def test_members_differ_around_the_model(fitted, kind):
    head, batch, labels, pool = fitted
    found = committee(head, batch, labels, pool, members=12, kind=kind)
    assert found.std(axis=0).max() > 0.02
    own = head.predict(pool).proba
    assert (found.mean(axis=0).argmax(axis=1) == own.argmax(axis=1)).mean() > 0.7
    other = committee(head, batch, labels, pool, members=12, seed=1, kind=kind)
    assert np.abs(found - other).max() > 0.01


def test_bootstrap_members_are_refits_with_counts_as_weights(fitted):
    head, batch, labels, pool = fitted
    found = committee(head, batch, labels, pool, members=2, seed=5)
    for member in range(2):
        drawn = generator(5, "bootstrap", member).integers(0, 30, 30)
        rows = Batch(30, vectors=batch.need_vectors()[drawn])
        slow = LinearHead(head.task, C=3.0, tol=1e-7).fit(rows, [labels[i] for i in drawn], seed=0)
        np.testing.assert_allclose(found[member], slow.predict(pool).proba, atol=2e-3)


def test_a_class_missing_from_a_resample_has_probability_0():
    vectors, _ = groups(6)
    labels = ["gamma", "alpha", "alpha", "alpha", "alpha", "alpha"]
    batch = Batch(6, vectors=vectors)
    head = LinearHead(Classification(NAMES)).fit(batch, labels, seed=0)
    assert head.classes == ("alpha", "gamma")
    found = committee(head, batch, labels, batch, members=12, seed=0)
    without = [0 not in generator(0, "bootstrap", m).integers(0, 6, 6) for m in range(12)]
    assert 0 < sum(without) < 12
    for lacks, member in zip(without, found, strict=True):
        assert bool((member[:, 1] == 0).all()) == lacks
        assert not lacks or (member[:, 0] == 1).all()


def test_seeds_agree_where_the_problem_has_one_solution(fitted):
    head, batch, labels, pool = fitted
    found = committee(head, batch, labels, pool, members=3, kind="seeds")
    np.testing.assert_allclose(found[0], found[2], atol=1e-4)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_one_class_is_certain(kind):
    vectors, _ = groups(5)
    batch = Batch(5, vectors=vectors)
    head = LinearHead(Classification(NAMES)).fit(batch, ["beta"] * 5, seed=0)
    found = committee(head, batch, ["beta"] * 5, batch, members=2, kind=kind)
    np.testing.assert_array_equal(found, np.ones((2, 5, 1)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_table_behind_rows_gives_the_same(fitted, kind):
    head, batch, labels, pool = fitted
    base = np.concatenate([np.zeros((7, 6), np.float32), pool.need_vectors()[::-1]])
    rows = Batch(50, vectors=Rows(base, np.arange(56, 6, -1)))
    plain, shown = (
        committee(head, batch, labels, found, members=2, kind=kind) for found in (pool, rows)
    )
    np.testing.assert_allclose(plain, shown, atol=1e-6)


def slow_hessian(features, proba, penalty):
    """The Hessian over (column, class), intercept last, as its definition says."""
    wide, classes = with_one(features).astype(float), proba.shape[1]
    found = np.zeros((wide.shape[1] * classes,) * 2)
    for x, p in zip(wide, proba, strict=True):
        found += np.kron(np.outer(x, x), np.diag(p) - np.outer(p, p))
    charges = np.full(wide.shape[1], penalty)
    charges[-1] *= 0.01
    return found + np.kron(np.diag(charges), np.eye(classes))


@pytest.mark.parametrize("count", [3, 40], ids=["fewer labels than columns", "more"])
def test_laplace_draws_spread_like_the_inverse_hessian(count):
    rng = generator(0, "laplace test")
    features = rng.standard_normal((count, 5)).astype(np.float32)
    proba = rng.dirichlet(np.ones(2), count)
    curvature = Curvature.of(features, proba, 0.5)
    draws = np.stack([draw(curvature, generator(i, "draw")) for i in range(4000)])
    flat = draws.reshape(len(draws), -1)
    # What is added to all classes alike changes nothing, so it is not drawn.
    across = np.kron(np.eye(6), contrasts(2) @ contrasts(2).T)
    expected = across @ np.linalg.inv(slow_hessian(features, proba, 0.5)) @ across
    found = flat.T @ flat / len(flat)
    assert np.abs(found - expected).max() < 0.08 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "magic"}, "there is: bootstrap, kinds, laplace, seeds"),
        ({"members": 0}, "1 or more; given: 0"),
    ],
)
def test_wrong_settings_say_what_is_allowed(fitted, wrong, message):
    head, batch, labels, pool = fitted
    with pytest.raises(InvalidInput, match=message):
        committee(head, batch, labels, pool, **wrong)
    with pytest.raises(InvalidInput, match="30 examples came with 29 labels"):
        committee(head, batch, labels[:-1], pool)

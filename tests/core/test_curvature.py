"""Curvature: exact along one class direction, and its norms against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.curvature import FREE, Curvature, contrasts, with_one
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator

PENALTY = 0.3


def made(count, classes, columns=6):
    rng = generator(0, "curvature", count, classes)
    features = rng.standard_normal((count, columns)).astype(np.float32)
    return features, rng.dirichlet(np.ones(classes), count)


def dense(features, proba, direction):
    """Σ vᵀ(diag p − p pᵀ)v [x, 1][x, 1]ᵀ + penalties, along one class direction."""
    wide = with_one(features).astype(float)
    found = np.diag([PENALTY] * (wide.shape[1] - 1) + [PENALTY * FREE])
    for x, p in zip(wide, proba, strict=True):
        found += direction @ (np.diag(p) - np.outer(p, p)) @ direction * np.outer(x, x)
    return found


@pytest.mark.parametrize("classes", range(1, 7))
def test_contrasts_are_orthonormal_and_blind_to_a_common_shift(classes):
    found = contrasts(classes)
    assert found.shape == (classes, classes - 1)
    np.testing.assert_allclose(found.T @ found, np.eye(classes - 1), atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("count", [0, 3, 40], ids=lambda n: f"{n} labels")
def test_two_classes_are_exact(count):
    features, proba = made(count, 2)
    curvature = Curvature.of(features, proba, PENALTY)
    others = made(9, 2)[0]
    wide = with_one(others).astype(float)
    inverse = np.linalg.inv(dense(features, proba, contrasts(2)[:, 0]))
    first, second = curvature.norms(others)
    expected = np.einsum("ni,ij,nj->n", wide, inverse, wide)
    np.testing.assert_allclose(first[:, 0], expected, rtol=2e-3)
    expected = np.einsum("ni,ij,nj->n", wide, inverse @ inverse, wide)
    np.testing.assert_allclose(second[:, 0], expected, rtol=2e-3)


def test_more_classes_have_the_true_curvature_along_each_axis_of_both_bases():
    features, proba = made(40, 4)
    curvature = Curvature.of(features, proba, PENALTY)
    for direction, values in zip(curvature.directions.T, curvature.values, strict=True):
        whole = dense(features, proba, direction.astype(float))
        expected = np.einsum("ir,ij,jr->r", curvature.basis, whole, curvature.basis)
        np.testing.assert_allclose(values, expected, rtol=1e-3)


def test_few_labels_keep_a_narrow_basis_and_lose_nothing():
    features, proba = made(3, 3, columns=50)
    curvature = Curvature.of(features, proba, PENALTY)
    assert curvature.basis.shape == (51, 4)
    other = made(5, 3, columns=50)[0]
    inside, rest = curvature.coordinates(other)
    length = np.square(with_one(other)).sum(axis=1)
    np.testing.assert_allclose(np.square(inside).sum(axis=1) + rest, length, rtol=1e-4)
    assert rest.min() > 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"penalty": 0.0}, "above 0; given: 0.0"),
        ({"penalty": np.nan}, "above 0; given: nan"),
        ({"features": np.ones((2, 6))}, "2 rows and labelled_proba 3"),
        ({"features": np.full((3, 6), np.nan)}, "labelled_features holds NaN"),
        ({"proba": np.full((3, 2), np.inf)}, "labelled_proba holds NaN"),
    ],
)
def test_what_cannot_be_used_is_refused(change, message):
    features, proba = made(3, 2)
    with pytest.raises(InvalidInput, match=message):
        Curvature.of(**({"features": features, "proba": proba, "penalty": PENALTY} | change))

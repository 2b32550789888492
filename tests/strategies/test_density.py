"""Density-weighted strategies: β = 0 is uncertainty, a large β is density, both by identity."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.coverage.density import DensityWeighted, InformationDensity
from asknext.strategies.kernels import reading
from asknext.strategies.uncertainty.classes import Margin

BOTH = [InformationDensity, DensityWeighted]
both = pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)


def view_of(vectors, proba=None):
    if proba is None:
        proba = generator(1).dirichlet(np.ones(3), len(vectors))
    return View(range(len(vectors)), arrays={"embedding": vectors, "proba": proba})


def points(seed, n=70, columns=4):
    vectors = generator(seed, "points").standard_normal((n, columns)) + 0.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def slow_density(kind, vectors):
    wide = vectors.astype(float)
    n = len(wide)
    if kind is InformationDensity:
        return [sum((1 + wide[i] @ wide[j]) / 2 for j in range(n)) / n for i in range(n)]
    apart = np.linalg.norm(wide[:, None] - wide[None], axis=2)
    width = np.median(np.sort(apart, axis=1)[:, 20])
    return [
        sum(exp(-(apart[i, j] ** 2) / (2 * width**2)) for j in range(n) if j != i) / (n - 1)
        for i in range(n)
    ]


def slow_uncertainty(proba):
    return [1 - (sorted(row)[-1] - sorted(row)[-2]) for row in proba.tolist()]


@both
@pytest.mark.parametrize("beta", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("seed", range(3))
def test_picks_are_those_of_the_slow_product(kind, beta, seed):
    vectors = points(seed)
    view = view_of(vectors)
    dense, unsure = slow_density(kind, vectors), slow_uncertainty(view.proba)
    score = [u * d**beta for u, d in zip(unsure, dense, strict=True)]
    expected = sorted(range(70), key=lambda row: -score[row])[:15]
    picks = kind(beta=beta).select(view, 15, generator(0))
    assert picks.ids == expected
    # the scores are logarithms of that product, up to one constant
    off = [pick.score - log(score[pick.id]) for pick in picks]
    assert off == pytest.approx([off[0]] * 15, abs=1e-4)


@both
def test_beta_0_is_margin(kind):
    view = view_of(points(4))
    ids = kind(beta=0.0).select(view, 70, generator(0)).ids
    assert ids == Margin().select(view, 70, generator(0)).ids


@both
def test_a_large_beta_is_density_alone(kind):
    vectors = points(5)
    expected = np.argsort(-np.array(slow_density(kind, vectors)))[:10].tolist()
    assert kind(beta=1000.0).select(view_of(vectors), 10, generator(0)).ids == expected


@both
def test_blocks_types_and_order_do_not_change_the_picks(kind, monkeypatch):
    half = points(6).astype(np.float16)
    proba = generator(2).dirichlet(np.ones(3), 70)
    expected = kind().select(view_of(half.astype(np.float32), proba), 20, generator(0)).ids
    assert kind().select(view_of(half.astype(np.float64), proba), 20, generator(0)).ids == expected
    order = generator(3).permutation(70)
    monkeypatch.setattr(reading, "BLOCK", 9)
    monkeypatch.setattr(reading, "PRODUCTS", 100)
    found = kind().select(view_of(Rows(half, order), proba[order]), 20, generator(0)).ids
    assert [int(order[row]) for row in found] == expected


@both
def test_an_uncertain_outlier_is_not_asked_first(kind, make_groups):
    vectors, _ = make_groups([40, 1])
    lone = int(np.argmin(vectors @ vectors.mean(axis=0)))
    proba = np.full((41, 2), [0.7, 0.3])
    proba[lone] = 0.6, 0.4
    assert Margin().select(view_of(vectors, proba), 1, generator(0)).ids == [lone]
    ids = kind(beta=4.0).select(view_of(vectors, proba), 41, generator(0)).ids
    assert ids[-1] == lone


@both
def test_equal_candidates_are_tied(kind):
    view = view_of(np.ones((6, 3), np.float32), np.full((6, 2), 0.5))
    assert {kind().select(view, 1, generator(s)).ids[0] for s in range(100)} == set(range(6))


@both
@pytest.mark.parametrize("beta", [-1, float("nan"), 1e9])
def test_beta_outside_its_range_is_refused(kind, beta):
    with pytest.raises(InvalidInput, match=r"beta is an exponent in \[0, 1000\]; given"):
        kind(beta=beta)


def test_it_can_be_written_with_settings():
    built = build("density_weighted(beta=2, bandwidth=0.5)")
    assert (built.beta, built.bandwidth) == (2, 0.5)
    with pytest.raises(InvalidInput, match=r"bandwidth is a distance in"):
        build("density_weighted(bandwidth=0)")

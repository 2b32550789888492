"""Fixtures of the strategies' tests."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.seeds import generator


@pytest.fixture
def make_groups():
    """Make groups of vectors so far apart that every k-means finds the same ones."""

    def make(sizes, *, columns=32, spread=0.004, seed=0):
        rng = generator(seed, "groups")
        group = np.repeat(np.arange(len(sizes)), sizes)
        vectors = np.eye(columns)[group] + spread * rng.standard_normal((len(group), columns))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        order = rng.permutation(len(group))
        return vectors[order].astype(np.float32), group[order]

    return make


@pytest.fixture
def assert_ranked():
    """Check that a strategy picks the k best of plain scores, whatever it does with ties."""

    def check(strategy, view, slow, *, seed=0):
        n = len(view)
        order = sorted(slow, reverse=True)
        for k in (1, n // 3, n, n + 2):
            picks = strategy.select(view, k, generator(seed))
            rows = [view.candidates.index(example) for example in picks.ids]
            assert [slow[row] for row in rows] == pytest.approx(order[:k], abs=1e-9), k
            sure = {row for row, score in enumerate(slow) if score > order[min(k, n) - 1] + 1e-9}
            assert sure <= set(rows)
            assert [pick.score for pick in picks] == pytest.approx(order[:k], abs=1e-9)

    return check

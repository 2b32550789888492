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

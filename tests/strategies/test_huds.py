"""HUDS: strata, centres and the weighted sum against loops, on groups nobody can mistake."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.generation.huds import Huds


def scale(values):
    values = np.array(values, float)
    return (values - values.min()) / ((values.max() - values.min()) or 1)


def slow_huds(surprise, vectors, weight, strata):
    """Use one centre for each stratum: its mean."""
    unsure = scale(surprise)
    stratum = [min(int(u * strata), strata - 1) for u in unsure]
    apart = []
    for i, own in enumerate(stratum):
        members = [vectors[j] for j in range(len(vectors)) if stratum[j] == own]
        apart.append(np.linalg.norm(vectors[i] - np.mean(members, axis=0)))
    return (weight * unsure + (1 - weight) * scale(apart)).tolist()


def make_view(surprise, vectors):
    lengths = 1 + np.arange(len(vectors)) % 5
    arrays = {
        "embedding": vectors,
        "sequence_logprob": -np.asarray(surprise) * lengths,
        "sequence_length": lengths,
    }
    return View(range(len(vectors)), arrays=arrays)


def make_problem(seed, n=60, columns=6):
    rng = generator(seed, "huds")
    vectors = rng.standard_normal((n, columns))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rng.integers(0, 40, n) / 8, vectors


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_with_one_cluster_picks_are_those_of_the_plain_formula(seed, weight):
    surprise, vectors = make_problem(seed)
    vectors[7] = vectors[3]
    slow = slow_huds(surprise, vectors.astype(float), weight, 4)
    strategy = Huds(weight=weight, strata=4, clusters=1)
    for k in (1, 9, 60, 70):
        found = strategy.select(make_view(surprise, vectors), k, generator(seed))
        expected = sorted(slow, reverse=True)[:k]
        assert [slow[row] for row in found.ids] == pytest.approx(expected, abs=1e-6)
        assert [pick.score for pick in found] == pytest.approx(expected, abs=1e-6)


def test_with_all_weight_on_uncertainty_it_is_the_surprise():
    surprise, vectors = make_problem(1)
    surprise = surprise + np.arange(60) / 1000
    found = Huds(weight=1).select(make_view(surprise, vectors), 60, generator(0))
    assert found.ids == np.argsort(-surprise).tolist()


def test_the_member_far_from_its_group_goes_first(make_groups):
    vectors, group = make_groups([40] * 5, spread=0.001)
    odd = int(np.flatnonzero(group == 2)[4])
    vectors[odd] = 0.9 * vectors[odd] + 0.3 * vectors[np.flatnonzero(group == 1)[0]]
    view = make_view(np.ones(200), vectors)
    for seed in range(5):
        assert Huds(clusters=5).select(view, 1, generator(seed)).ids == [odd]


def test_a_sampled_stratum_has_the_same_centre_for_groups(make_groups, monkeypatch):
    monkeypatch.setattr("asknext.strategies.generation.huds.SAMPLE", 60)
    vectors, group = make_groups([40] * 5, spread=0.0)
    odd = int(np.flatnonzero(group == 2)[4])
    vectors[odd] = -vectors[odd]
    found = Huds(clusters=5).select(make_view(np.ones(200), vectors), 1, generator(2))
    assert found.ids == [odd]


def test_kind_of_number_and_block_do_not_change_the_picks(monkeypatch):
    surprise, vectors = make_problem(2)
    vectors = vectors.astype(np.float16)
    expected = Huds().select(make_view(surprise, vectors), 20, generator(0)).ids
    for kind in (np.float32, np.float64):
        view = make_view(surprise, vectors.astype(kind))
        assert Huds().select(view, 20, generator(0)).ids == expected
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", 7)
    assert Huds().select(make_view(surprise, vectors), 20, generator(0)).ids == expected


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"weight": 2}, r"weight is a share in \[0, 1\]; given: 2"),
        ({"strata": 0}, "strata is a whole number, 1 or more; given: 0"),
        ({"clusters": 1.5}, "clusters is a whole number, 1 or more; given: 1.5"),
    ],
)
def test_bad_settings_are_refused(setting, message):
    with pytest.raises(InvalidInput, match=message):
        Huds(**setting)

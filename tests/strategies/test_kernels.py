"""Kernels: draws, neighbours, clusters and density against plain references."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.strategies.kernels import density, lloyd, reading
from asknext.strategies.kernels.density import kernel_density
from asknext.strategies.kernels.lloyd import cluster
from asknext.strategies.kernels.neighbours import nearest_rows
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.kernels.seeding import draw_spread
from asknext.strategies.kernels.widths import closest_pair


def points(seed, n, columns=5):
    return generator(seed, "points").standard_normal((n, columns)).astype(np.float32)


# -- draws by squared distance


def slow_chances(vectors, chosen, weights):
    apart = np.square(vectors[:, None] - vectors[chosen][None]).sum(axis=2).min(axis=1)
    chances = apart * weights
    return chances / chances.sum()


def test_draws_follow_the_squared_distance_although_few_are_brought_up_to_date():
    vectors = np.array([[0.0], [1.0], [2.0], [4.0], [4.5], [9.0]], np.float32)
    weights = np.array([1.0, 1.0, 3.0, 1.0, 1.0, 0.5])
    times, counts = 2000, {}
    rng = generator(0)
    for _ in range(times):
        rows = draw_spread(
            [Vectors(vectors)], 3, rng, first=0, weights=weights, proposals=(3,)
        ).rows
        counts[tuple(rows[1:].tolist())] = counts.get(tuple(rows[1:].tolist()), 0) + 1
    second = slow_chances(vectors, [0], weights)
    for (i, j), count in counts.items():
        chance = second[i] * slow_chances(vectors, [0, i], weights)[j]
        assert abs(count / times - chance) < 5 * np.sqrt(chance / times)


def test_factored_draws_are_those_of_the_outer_products():
    left, right = points(1, 80, 3), points(2, 80, 4)
    product = np.einsum("ni,nj->nij", left, right).reshape(80, 12)
    for seed in range(5):
        rows = draw_spread([Vectors(left), Vectors(right)], 30, generator(seed)).rows
        whole = draw_spread([Vectors(product)], 30, generator(seed)).rows
        assert rows.tolist() == whole.tolist()


@pytest.mark.parametrize("block", [1, 13])
def test_blocks_do_not_change_the_draws_nor_does_a_larger_number(block, monkeypatch):
    table = Vectors(Rows(points(3, 200), generator(3).permutation(200)))
    expected = draw_spread([table], 60, generator(0)).rows.tolist()
    assert draw_spread([table], 21, generator(0)).rows.tolist() == expected[:21]
    monkeypatch.setattr(reading, "BLOCK", block)
    monkeypatch.setattr(reading, "PRODUCTS", 40)
    assert draw_spread([table], 60, generator(0)).rows.tolist() == expected


def test_copies_come_last():
    vectors = np.repeat(points(4, 5), 4, axis=0)
    rows = draw_spread([Vectors(vectors)], 20, generator(0)).rows
    assert sorted(rows.tolist()) == list(range(20))
    assert sorted(set((rows[:5] // 4).tolist())) == list(range(5))


def test_factors_of_different_lengths_are_refused():
    with pytest.raises(InvalidInput, match="the same number of rows"):
        draw_spread([Vectors(points(0, 4)), Vectors(points(0, 5))], 2, generator(0))


# -- neighbours


@given(
    table=st.lists(st.tuples(*[st.integers(0, 3)] * 2), min_size=1, max_size=25),
    k=st.integers(1, 6),
    block=st.integers(1, 9),
)
@settings(max_examples=80, deadline=None)
def test_neighbours_are_the_first_of_a_full_sort(table, k, block):
    vectors = np.array(table, np.float32)
    apart = np.square(vectors[:, None] - vectors[None]).sum(axis=2)
    itself = np.arange(len(vectors))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", block)
        gaps, rows = nearest_rows(Vectors(vectors), vectors, k)
        others = nearest_rows(Vectors(vectors), vectors, k, skip=itself)[1]
    order = np.argsort(apart, axis=1, kind="stable")[:, :k]
    assert rows.tolist() == order.tolist()
    assert gaps.tolist() == np.take_along_axis(apart, order, axis=1).tolist()
    np.fill_diagonal(apart, np.inf)
    order = np.argsort(apart, axis=1, kind="stable")[:, : min(k, len(vectors) - 1)]
    assert others[:, : order.shape[1]].tolist() == order.tolist()


def test_approximate_neighbours_find_nearly_all():
    pytest.importorskip("faiss", reason="faiss-cpu is not installed (extra ann)")
    from asknext.strategies.kernels.approximate import hnsw_rows

    table = Vectors(points(5, 2000, 16))
    asked = points(6, 50, 16)
    exact = nearest_rows(table, asked, 10)[1]
    gaps, rows = hnsw_rows(table, asked, 10)
    hits = [len(set(a) & set(b)) for a, b in zip(exact.tolist(), rows.tolist(), strict=True)]
    assert np.mean(hits) > 9.5
    assert (np.diff(gaps, axis=1) >= 0).all()


# -- clusters


def test_separated_groups_are_the_clusters(make_groups, monkeypatch):
    monkeypatch.setattr(lloyd, "TRAINING", 50)
    monkeypatch.setattr(lloyd, "TRAINING_EACH", 10)
    vectors, group = make_groups([30] * 8)
    found, gaps, centres = cluster(Vectors(vectors), 8, generator(0))
    assert len(set(zip(found.tolist(), group.tolist(), strict=True))) == 8
    apart = np.square(vectors - centres[found]).sum(axis=1)
    assert gaps == pytest.approx(apart, abs=1e-6)


def test_it_ends_where_each_row_has_its_nearest_centre_and_each_centre_is_a_mean(monkeypatch):
    monkeypatch.setattr(lloyd, "SETTLED", 0.0)
    monkeypatch.setattr(lloyd, "ROUNDS", 100)
    vectors = points(7, 120)
    found, _, centres = cluster(Vectors(vectors), 6, generator(1))
    apart = np.square(vectors[:, None] - centres[None]).sum(axis=2)
    assert found.tolist() == apart.argmin(axis=1).tolist()
    means = [vectors[found == i].mean(axis=0) for i in range(6)]
    assert centres == pytest.approx(np.array(means), abs=1e-5)


# -- density and widths


def slow_density(vectors, sample, bandwidth):
    found = []
    for i, x in enumerate(vectors.astype(float)):
        others = [j for j in sample if j != i]
        total = sum(exp(-np.square(x - vectors[j]).sum() / (2 * bandwidth**2)) for j in others)
        found.append(log(total / len(others)))
    return found


def test_density_is_the_mean_kernel_over_the_others():
    vectors = points(8, 60)
    found = kernel_density(Vectors(vectors), generator(0), bandwidth=0.7)
    assert found == pytest.approx(np.array(slow_density(vectors, range(60), 0.7)), abs=1e-4)


def test_density_of_a_large_table_uses_a_sample_and_counts_nobody_twice(monkeypatch):
    monkeypatch.setattr(density, "SAMPLE", 20)
    vectors = points(9, 60)
    sample = sorted(generator(0).choice(60, 20, replace=False).tolist())
    found = kernel_density(Vectors(vectors), generator(0), bandwidth=1.5)
    assert found == pytest.approx(np.array(slow_density(vectors, sample, 1.5)), abs=1e-4)


def test_density_far_from_everything_is_finite_and_least():
    vectors = np.concatenate([points(10, 30), np.full((1, 5), 1e4, np.float32)])
    found = kernel_density(Vectors(vectors), generator(0))
    assert np.isfinite(found).all()
    assert found.argmin() == 30


def test_the_closest_pair_passes_over_copies():
    vectors = points(11, 40)
    apart = np.linalg.norm(vectors[:, None].astype(float) - vectors[None], axis=2)
    expected = apart[np.triu_indices(40, 1)].min()
    assert closest_pair(np.concatenate([vectors, vectors])) == pytest.approx(expected)
    assert closest_pair(np.ones((3, 2), np.float32)) is None
    assert closest_pair(np.empty((0, 2), np.float32)) is None


def test_numbers_that_are_not_finite_are_refused_in_blocks_and_rows():
    vectors = points(12, 10)
    vectors[4, 2] = np.inf
    with pytest.raises(InvalidInput, match="embedding holds NaN or infinite numbers in 1 of"):
        list(Vectors(vectors).blocks())
    with pytest.raises(InvalidInput, match="head holds NaN"):
        Vectors(vectors, "head").rows(np.array([4]))

"""Batches by group: one of each, the best or the central one, known groups last."""

from __future__ import annotations

import numpy as np

from asknext.core.seeds import generator
from asknext.strategies.grouping import by_group

SIZES = [30, 28, 26, 24, 22, *[9] * 15]


def test_every_group_gets_one_before_any_gets_two_larger_ones_first(make_groups):
    points, group = make_groups(SIZES)
    for seed in range(3):
        rows = by_group(points, 20, generator(seed))
        assert sorted(group[rows]) == list(range(20))
        assert group[rows[:5]].tolist() == [0, 1, 2, 3, 4]


def test_of_each_group_the_most_central_or_the_most_worth(make_groups):
    points, group = make_groups(SIZES)
    worth = generator(5).random(len(points))
    for row in by_group(points, 20, generator(0)):
        members = np.flatnonzero(group == group[row])
        centre = points[members].astype(float).mean(axis=0)
        gaps = np.linalg.norm(points[members] - centre, axis=1)
        assert row == members[gaps.argmin()]
    for row in by_group(points, 20, generator(0), worth=worth):
        members = np.flatnonzero(group == group[row])
        assert row == members[worth[members].argmax()]


def test_groups_with_something_known_go_last(make_groups):
    points, group = make_groups([*SIZES, *[9] * 4])
    known = np.stack([points[group == g][0] for g in (0, 1, 2, 3)])
    rows = by_group(points, 20, generator(0), known=known)
    assert sorted(group[rows]) == list(range(4, 24))


def test_only_what_is_within_reach_is_looked_at(make_groups):
    points, _ = make_groups(SIZES)
    rows = by_group(points, 20, generator(0), reach=lambda total: 2 * total)
    assert rows.max() < 40


def test_a_part_is_the_smaller_batch_and_copies_are_no_problem(make_groups):
    points, _ = make_groups([3] * 40, columns=40)
    points = np.concatenate([points, points[:50]])
    rows = by_group(points, len(points), generator(1))
    assert sorted(rows.tolist()) == list(range(len(points)))
    for k in (1, 19, 20, 77):
        assert by_group(points, k, generator(1)).tolist() == rows[:k].tolist()

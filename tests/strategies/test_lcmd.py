"""LCMD: picks of a loop over clusters, and what tells it from taking the farthest."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.regression import lcmd
from asknext.strategies.regression.lcmd import LCMD


def slow_lcmd(points, centres, k):
    centres, rows = list(centres), []
    for _ in range(k):
        if not centres:
            rows.append(int(np.argmax([p @ p for p in points])))
        else:
            gaps = [[((p - c) ** 2).sum() for c in centres] for p in points]
            owner = [int(np.argmin(gap)) for gap in gaps]
            total = [0.0] * len(centres)
            for gap, own in zip(gaps, owner, strict=True):
                total[own] += gap[own]
            largest = int(np.argmax(total))
            inside = [i for i, own in enumerate(owner) if own == largest and i not in rows]
            rows.append(max(inside, key=lambda i: gaps[i][largest]))
        centres.append(points[rows[-1]])
    return rows


def view_of(points, labelled=None, **more):
    arrays = {"embedding": points}
    if labelled is not None:
        arrays["labelled_embedding"] = labelled
        more |= {"labelled": [f"l{i}" for i in range(len(labelled))], "labels": [1] * len(labelled)}
    return View(range(len(points)), arrays=arrays, **more)


@pytest.mark.parametrize("m", [0, 1, 7])
@pytest.mark.parametrize("seed", range(4))
def test_picks_are_those_of_the_slow_reference(seed, m, monkeypatch):
    monkeypatch.setattr(lcmd, "CENTRES", 3)
    rng = generator(seed, "lcmd")
    points = rng.standard_normal((60, 6)).astype("f4")
    labelled = rng.standard_normal((m, 6)).astype("f4")
    picks = LCMD().select(view_of(points, labelled), 25, generator(0))
    assert picks.ids == slow_lcmd(points.astype(float), labelled.astype(float), 25)


def test_a_crowd_outweighs_a_lone_outlier():
    crowd = np.array([[10.0 + 0.1 * i, 3.0] for i in range(30)], "f4")
    points = np.concatenate([crowd, [[0.0, -6.0]]]).astype("f4")
    centres = np.array([[11.5, 0.0], [0.0, 0.0]], "f4")
    assert LCMD().select(view_of(points, centres), 1, generator(0)).ids[0] != 30
    assert (
        np.linalg.norm(points[30] - centres[1]) > np.linalg.norm(crowd - centres[0], axis=1).max()
    )


def test_scores_are_distances_to_the_nearest_centre():
    points = np.array([[0.0, 1.0], [0.0, 4.0], [0.5, 0.0]], "f4")
    picks = LCMD().select(view_of(points, np.zeros((1, 2), "f4")), 3, generator(0))
    assert picks.ids == [1, 0, 2]
    assert [pick.score for pick in picks] == pytest.approx([4.0, 1.0, 0.5])
    assert picks.picks[0].reason == "the farthest of 3 examples that have no answer near"


def test_copies_of_centres_come_last_in_any_order():
    points = generator(1).standard_normal((5, 4)).astype("f4")[np.arange(30) % 5]
    orders = set()
    for seed in range(10):
        picks = LCMD().select(view_of(points), 30, generator(seed))
        assert {row % 5 for row in picks.ids[:5]} == set(range(5))
        assert [pick.score for pick in picks.picks[5:]] == [0.0] * 25
        assert sorted(picks.ids) == list(range(30))
        orders.add(tuple(picks.ids))
    assert len(orders) == 10


def test_without_centres_vectors_of_one_length_are_drawn():
    points = np.eye(6, dtype="f4")
    firsts = {LCMD().select(view_of(points), 1, generator(seed)).ids[0] for seed in range(80)}
    assert firsts == set(range(6))


def test_pending_vectors_are_centres_too():
    points = np.array([[1.0, 0.0], [0.0, 0.9]], "f4")
    view = View(range(2), arrays={"embedding": points, "pending_embedding": points[:1]})
    assert LCMD().select(view, 1, generator(0)).ids == [1]


def test_blocks_rows_and_floats_do_not_change_the_picks(monkeypatch):
    points = generator(2).standard_normal((200, 5)).astype("f2")
    known = points[:3].astype("f4") + 0.5
    expected = LCMD().select(view_of(points, known), 40, generator(0)).ids
    for kind in ("f4", "f8"):
        assert LCMD().select(view_of(points.astype(kind), known), 40, generator(0)).ids == expected
    table = Rows(points[::-1], np.arange(199, -1, -1))
    assert LCMD().select(view_of(table, known), 40, generator(0)).ids == expected
    plain = lcmd.blocks
    monkeypatch.setattr(lcmd, "blocks", lambda table: plain(table, 7))
    assert LCMD().select(view_of(points, known), 40, generator(0)).ids == expected


def test_what_cannot_be_used_is_refused():
    points = np.eye(4, dtype="f4")
    view = View(range(4), arrays={"embedding": points}, labelled=["x"], labels=["a"])
    with pytest.raises(Unsupported, match="'labelled_embedding' is not available"):
        LCMD().select(view, 1, generator(0))
    with pytest.raises(InvalidInput, match="embedding has 3 rows for 4 candidates"):
        LCMD().select(View(range(4), arrays={"embedding": points[:3]}), 1, generator(0))

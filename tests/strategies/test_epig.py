"""EPIG: the information about references, by definition; where it parts from BALD."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.committee import epig
from asknext.strategies.committee.disagreement import BALD
from asknext.strategies.committee.epig import EPIG


def slow_epig(members, others, row):
    count, _, classes = members.shape
    total = 0.0
    for point in range(others.shape[1]):
        joint = [
            [sum(members[:, row, a] * others[:, point, b]) / count for b in range(classes)]
            for a in range(classes)
        ]
        own, other = np.sum(joint, axis=1), np.sum(joint, axis=0)
        total += sum(
            joint[a][b] * log(joint[a][b] / (own[a] * other[b]))
            for a in range(classes)
            for b in range(classes)
            if joint[a][b] > 0
        )
    return total / others.shape[1]


def order_of(scores):
    return sorted(range(len(scores)), key=lambda row: -scores[row])


@pytest.mark.parametrize("seed", range(5))
def test_picks_are_those_of_the_definition(seed):
    rng = generator(seed)
    members = rng.dirichlet(np.full(3, 0.5), (5, 25))
    others = rng.dirichlet(np.full(3, 0.5), (5, 7))
    arrays = {"committee_proba": members, "reference_committee_proba": others}
    picks = EPIG().select(View(range(25), arrays=arrays), 25, generator(0))
    slow = [slow_epig(members, others, row) for row in range(25)]
    assert picks.ids == order_of(slow)
    assert [pick.score for pick in picks] == pytest.approx(sorted(slow, reverse=True))


def test_without_references_the_candidates_are_their_own():
    members = generator(1).dirichlet(np.full(2, 0.5), (4, 12))
    picks = EPIG().select(View(range(12), arrays={"committee_proba": members}), 12, generator(0))
    assert picks.ids == order_of([slow_epig(members, members, row) for row in range(12)])


def test_only_what_bears_on_the_references_counts():
    # Members 0 and 1 differ on the first candidate, and so do 0, 1 against 2, 3 on the second.
    members = np.array([[[0, 1], [0, 1]], [[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [1, 0]]])
    others = members[:, 1:]
    arrays = {"committee_proba": members.astype(float)}
    alike = [pick.score for pick in BALD().select(View(range(2), arrays=arrays), 2, generator(0))]
    assert alike == pytest.approx([log(2), log(2)])
    view = View(range(2), arrays=arrays | {"reference_committee_proba": others.astype(float)})
    picks = EPIG().select(view, 2, generator(0))
    assert picks.ids == [1, 0]
    assert [pick.score for pick in picks] == pytest.approx([log(2), 0.0])


def test_blocks_and_floats_do_not_change_the_picks(monkeypatch):
    members = generator(2).dirichlet(np.full(4, 0.5), (5, 200))
    view = View(range(200), arrays={"committee_proba": members})
    expected = EPIG().select(view, 20, generator(0)).ids
    single = View(range(200), arrays={"committee_proba": members.astype("f4")})
    assert EPIG().select(single, 20, generator(0)).ids == expected
    monkeypatch.setattr(epig, "AT_ONCE", 5000)
    assert EPIG().select(view, 20, generator(0)).ids == expected


def test_more_references_than_asked_for_are_drawn():
    members = generator(3).dirichlet(np.full(2, 0.5), (4, 60))
    view = View(range(60), arrays={"committee_proba": members})
    batches = {tuple(EPIG(references=2).select(view, 5, generator(s)).ids) for s in range(8)}
    assert len(batches) > 1


def test_what_does_not_fit_is_refused():
    members = generator(3).dirichlet(np.ones(2), (4, 6))
    arrays = {"committee_proba": members, "reference_committee_proba": members[:3]}
    with pytest.raises(InvalidInput, match="4 members and reference_committee_proba 3"):
        EPIG().select(View(range(6), arrays=arrays), 1, generator(0))
    with pytest.raises(InvalidInput, match="1 or more; given: 0"):
        EPIG(references=0)

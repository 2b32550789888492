"""Who is held back, and when a model is worse."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from asknext.core.predictions import Prediction
from asknext.core.tasks import Classification
from asknext.loop.deep.judging import ENOUGH, Judgement, fluctuation, judge, split
from asknext.loop.deep.plan import Plan

TASK = Classification(("a", "b"))
IDS = [f"e{i:03d}" for i in range(100)]
SPLIT = partial(split, seed=0)


def says(answers: str) -> Prediction:
    rows = [[1.0, 0.0] if answer == "a" else [0.0, 1.0] for answer in answers]
    return Prediction(("a", "b"), {"proba": np.array(rows)})


def test_control_answers_are_never_learnt_and_decide_alone_once_there_are_enough() -> None:
    control = set(IDS[:ENOUGH])
    found = SPLIT(Plan(), IDS, control, ())
    assert (found.rule, found.trial) == ("control", ())
    assert set(found.judge) == control
    assert set(found.learn) == set(IDS) - control


def test_with_few_control_answers_a_fifth_is_held_back_for_a_trial() -> None:
    control = set(IDS[:5])
    found = SPLIT(Plan(), IDS, control, ())
    assert found.rule == "holdout"
    assert set(found.learn) == set(IDS) - control
    held = set(found.learn) - set(found.trial)
    assert len(held) == 19  # a fifth of the 95
    assert set(found.judge) == held | control
    assert not set(found.judge) & set(found.trial)
    assert SPLIT(Plan(), IDS, control, ()) == found
    assert split(Plan(), IDS, control, (), seed=1) != found


def test_only_what_the_serving_model_has_not_learnt_is_held_back() -> None:
    learnt = IDS[:90]
    found = SPLIT(Plan(), IDS, (), learnt)
    assert set(found.judge) <= set(IDS[90:])
    assert len(found.judge) == 5  # half of the new ones: the rest goes on teaching the trial
    nothing_new = SPLIT(Plan(), IDS, (), IDS)
    assert (nothing_new.rule, nothing_new.judge, nothing_new.trial) == ("none", (), ())


@pytest.mark.parametrize(
    ("rule", "judged", "trial"), [("control", 5, 0), ("none", 0, 0), ("holdout", 24, 76)]
)
def test_a_project_may_choose_how_it_is_judged(rule: str, judged: int, trial: int) -> None:
    found = SPLIT(Plan(judge=rule), IDS, set(IDS[:5]), ())
    assert (len(found.judge), len(found.trial)) == (judged, trial)
    assert len(found.learn) == 95


@pytest.mark.parametrize(
    ("new", "serving", "promoted"),
    [
        ("a" * 30, "a" * 20 + "b" * 10, True),  # better
        ("a" * 29 + "b", "a" * 30, True),  # one of thirty may be chance
        ("a" * 15 + "b" * 15, "a" * 30, False),  # half of thirty is not
        ("b" * 30, "a" * 30, False),  # always wrong: the interval has no width
        ("a" * 30, "a" * 30, True),  # the same
        ("ab" * 15, "ba" * 15, True),  # wrong about others, as often
    ],
)
def test_a_model_is_promoted_unless_it_is_worse_beyond_chance(
    new: str, serving: str, promoted: bool
) -> None:
    found = judge(TASK, "control", ["a"] * 30, says(new), says(serving))
    assert found.promoted is promoted
    assert found.quality is not None
    assert found.quality["estimate"] == pytest.approx(new.count("a") / 30)
    assert found.serving is not None
    assert found.serving["estimate"] == pytest.approx(serving.count("a") / 30)
    assert ("not worse" in found.reason) is promoted
    assert Judgement.from_json(found.to_json()).to_json() == found.to_json()


@pytest.mark.parametrize("pair", [(None, "aa"), ("aa", None), ("a", "b")], ids=str)
def test_without_anything_to_compare_the_model_serves(pair: Any) -> None:
    new, serving = (None if side is None else says(side) for side in pair)
    n = len(next(side for side in pair if side is not None))
    found = judge(TASK, "none", ["a"] * n, new, serving)
    assert found.promoted
    assert found.difference is None


def test_fluctuation_is_the_share_answered_differently() -> None:
    assert fluctuation(TASK, says("aabb"), says("aabb")) == 0.0
    assert fluctuation(TASK, says("aabb"), says("abba")) == 0.5

"""Who is held back, and when a model is worse."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from asknext.core.predictions import Prediction
from asknext.core.tasks import Classification
from asknext.loop.deep.judging import Judgement, fluctuation, judge, paired
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.splitting import ENOUGH, FOLDS, split

TASK = Classification(("a", "b"))
IDS = [f"e{i:03d}" for i in range(100)]
SPLIT = partial(split, seed=0)


def says(answers: str) -> Prediction:
    rows = [[1.0, 0.0] if answer == "a" else [0.0, 1.0] for answer in answers]
    return Prediction(("a", "b"), {"proba": np.array(rows)})


def test_control_answers_are_never_learnt_and_decide_alone_once_there_are_enough() -> None:
    control = set(IDS[:ENOUGH])
    found = SPLIT(Plan(), IDS, control, ())
    assert (found.rule, found.trials) == ("control", ())
    assert set(found.judge) == control
    assert set(found.learn) == set(IDS) - control


def test_with_few_control_answers_a_fifth_is_held_back_for_a_trial() -> None:
    control = set(IDS[:5])
    found = SPLIT(Plan(), IDS, control, ())
    assert found.rule == "holdout"
    assert set(found.learn) == set(IDS) - control
    (trial,) = found.trials
    held = set(found.learn) - set(trial.learn)
    assert len(held) == 19  # a fifth of the 95
    assert set(trial.asked) == held | control
    assert not set(trial.asked) & set(trial.learn)
    assert SPLIT(Plan(), IDS, control, ()) == found
    assert split(Plan(), IDS, control, (), seed=1) != found


def test_only_what_the_serving_model_has_not_learnt_is_held_back() -> None:
    learnt = IDS[:90]
    found = SPLIT(Plan(), IDS, (), learnt)
    (trial,) = found.trials
    assert set(trial.asked) <= set(IDS[90:])
    assert len(trial.asked) == 5  # half of the new ones: the rest goes on teaching the trial
    nothing_new = SPLIT(Plan(), IDS, (), IDS)
    assert (nothing_new.rule, nothing_new.judge, nothing_new.trials) == ("none", (), ())


@pytest.mark.parametrize(
    ("rule", "judged", "trial"), [("control", 5, 0), ("none", 0, 0), ("holdout", 24, 76)]
)
def test_a_project_may_choose_how_it_is_judged(rule: str, judged: int, trial: int) -> None:
    found = SPLIT(Plan(judge=rule), IDS, set(IDS[:5]), ())
    assert (len(found.judged), sum(len(one.learn) for one in found.trials)) == (judged, trial)
    assert len(found.learn) == 95


def test_before_the_first_change_every_label_is_asked_by_a_trial_that_has_not_learnt_it() -> None:
    control = set(IDS[:5])
    found = SPLIT(Plan(judge="better"), IDS, control, ())
    assert (found.rule, len(found.trials)) == ("better", FOLDS)
    assert sorted(found.judged) == IDS  # each once, control answers too
    for trial in found.trials:
        assert not set(trial.learn) & (set(trial.asked) | control)
        assert set(trial.learn) == set(found.learn) - set(trial.asked)
    assert SPLIT(Plan(judge="better"), IDS, control, IDS[50:60]).rule == "holdout"
    enough = SPLIT(Plan(judge="better"), IDS, set(IDS[:ENOUGH]), ())
    assert (enough.rule, set(enough.judge), enough.trials) == ("better", set(IDS[:ENOUGH]), ())


@pytest.mark.parametrize(
    ("new", "serving", "promoted"),
    [
        ("a" * 30, "a" * 20 + "b" * 10, True),
        ("a" * 30, "a" * 30, False),  # no better: stay
        ("a" * 29 + "b", "b" * 4 + "a" * 26, False),  # four won, one lost: so may this
        ("a" * 30, "a" * 29 + "b", False),  # one of thirty may be chance
        ("a" * 29 + "b", "a" * 30, False),
    ],
)
def test_the_first_change_needs_a_model_that_is_clearly_better(
    new: str, serving: str, promoted: bool
) -> None:
    halves = [
        paired(TASK, ["a"] * 15, says(new[part]), says(serving[part]))
        for part in (slice(15), slice(15, 30))
    ]
    found = judge(TASK, "better", halves)
    assert (found.promoted, found.n) == (promoted, 30)
    assert not judge(TASK, "better", [None]).promoted


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
    found = judge(TASK, "control", [paired(TASK, ["a"] * 30, says(new), says(serving))])
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
    found = judge(TASK, "none", [paired(TASK, ["a"] * n, new, serving)])
    assert found.promoted
    assert found.difference is None


def test_fluctuation_is_the_share_answered_differently() -> None:
    assert fluctuation(TASK, says("aabb"), says("aabb")) == 0.0
    assert fluctuation(TASK, says("aabb"), says("abba")) == 0.5

"""The queue follows the model; the same events give the same picks; measuring is honest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import spearmanr

from asknext.core.events import ASKED
from asknext.core.examples import Example
from asknext.loop.session import Session
from tests.loop.conftest import Loop


def margins(session: Session) -> dict[str, float]:
    """Margin of every scored example, computed here from the model's probabilities."""
    assert session.serving.look is not None
    rows = session.scored()
    top = np.sort(session.serving.look(rows).proba, axis=1)[:, -2:]
    gap = top[:, 1] - top[:, 0]
    return {session.pool.ids[row]: float(g) for row, g in zip(rows, gap, strict=True)}


def test_the_queue_follows_the_model(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(strategy="margin", control=0.0)
    loop.session.train()
    before = [pick.id for pick in loop.session.serving.queue]
    loop.label(60)
    queue = loop.session.serving.queue
    after = [pick.id for pick in queue]
    assert after != before
    gap = margins(loop.session)
    candidates = sorted(gap[id] for id in gap if id not in loop.session.state.labels)
    pool_limit = candidates[len(after) - 1]
    assert all(gap[str(id)] <= pool_limit + 1e-6 for id in after), "the smallest margins are asked"
    assert spearmanr(range(len(after)), [gap[str(id)] for id in after]).statistic > 0.99


@pytest.mark.slow
def test_auto_leans_towards_small_margins_once_classes_are_known(loop: Loop) -> None:
    loop.label(150)
    gap = margins(loop.session)
    labelled = loop.session.state.labels
    asked = [gap[str(pick.id)] for pick in loop.session.serving.queue[:50]]
    rest = [value for id, value in gap.items() if id not in labelled]
    assert np.median(asked) < np.quantile(rest, 0.25)


def test_the_same_events_give_the_same_picks(loop: Loop) -> None:
    loop.label(30)
    one, two = loop.again(), loop.again()
    one.train()
    two.train()
    assert [p.id for p in one.serving.queue] == [p.id for p in two.serving.queue]


def test_training_is_skipped_when_nothing_is_new(loop: Loop) -> None:
    assert loop.session.train()
    assert not loop.session.train()
    question = loop.session.ask(1, "ann")[0]
    assert not loop.session.dirty
    loop.session.tell(question.example.id, loop.gold[question.example.id], who="ann")
    assert loop.session.dirty
    assert loop.session.train()


def test_a_skip_needs_no_training(loop: Loop) -> None:
    loop.session.train()
    question = loop.session.ask(1, "ann")[0]
    loop.session.tell(question.example.id, who="ann", action="skip")
    assert not loop.session.dirty


@pytest.mark.slow
def test_control_questions_are_never_the_strategys_and_shown_blind(loop: Loop) -> None:
    loop.label(120)
    share = loop.session.settings.control
    draw = dict(zip(loop.session.pool.ids, loop.session.pool.draw, strict=True))
    asked = [e for e in loop.store.events("p") if e.kind == ASKED]
    control = [e for e in asked if e.data["arm"] == "control"]
    strategy = [e for e in asked if e.data["arm"] == "strategy"]
    assert all(draw[str(e.example)] < share for e in control)
    assert all(draw[str(e.example)] >= share for e in strategy)
    assert all(e.data["suggestion"] is None for e in control)
    assert any(e.data["suggestion"] is not None for e in strategy)
    assert 4 <= len(control) <= 24
    order = [draw[str(e.example)] for e in control]
    assert order == sorted(order), "the arm is asked in the order of its draw"
    assert all(0.0 < e.data["probability"] <= 1.0 for e in asked)
    assert all(p.id not in {e.example for e in control} for p in loop.session.serving.queue)


@pytest.mark.slow
def test_what_is_asked_does_not_depend_on_what_control_answers_say(
    make_loop: Callable[..., Loop],
) -> None:
    # Else a control answer held out to measure with would lie where the strategy left a hole.
    def asked(change: int) -> tuple[list[str], int]:
        loop = make_loop(control=0.3)
        labels = list(loop.session.task.form()["labels"])
        picked, changed = [], 0
        for _ in range(8):
            for question in loop.session.ask(10, "oracle"):
                id = question.example.id
                value = loop.gold[id]
                if loop.session.state.arm(id, "oracle") == "control":
                    value = labels[(labels.index(value) + change) % len(labels)]
                    changed += 1
                else:
                    picked.append(id)
                loop.session.tell(id, value, who="oracle")
            loop.session.train()
        return picked, changed

    truly, control = asked(0)
    falsely, _ = asked(1)
    assert truly == falsely
    assert control >= 10


def test_what_people_are_shown_has_learnt_from_the_control_answers(
    make_loop: Callable[..., Loop],
) -> None:
    loop = make_loop(control=0.5)
    loop.label(60)
    live = loop.session
    labelled, _ = live.labelled()
    assert live.space is not None
    model = live.learner.fit(live.space, labelled)
    assert model is not None
    expected = model.predict(live.space.batch(live.scored()))
    shown = live.serving.look(live.scored())
    assert shown is not None
    assert np.allclose(shown.proba, expected.proba, atol=0.02)
    assert live.serving.version == len(labelled.rows) == 60


def test_suggestions_can_be_switched_off(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(suggest=False)
    loop.label(30)
    assert all(q.suggestion is None for q in loop.session.ask(10, "ann"))


def test_answers_are_predicted_before_they_are_learnt_from(loop: Loop) -> None:
    loop.label(40)
    question = loop.session.ask(1, "ann")[0]
    id = question.example.id
    guess = loop.session.serving.guess(loop.session.task, loop.session.pool.row_of[id])
    told = loop.session.tell(id, loop.gold[id], who="ann")
    assert guess is not None
    assert told.event.data["predicted"] == guess[0]
    assert told.event.data["model"] == loop.session.serving.version == 40


def test_a_correction_counts_as_predicted_by_nobody(loop: Loop) -> None:
    id = loop.label(20)[0]
    told = loop.session.tell(id, loop.gold[id], who="oracle")
    assert told.event.data["predicted"] is None, "the model has learnt this answer already"


def test_models_are_compared_on_the_same_examples_at_every_checkpoint(loop: Loop) -> None:
    pool = loop.session.pool
    before = pool.askable.copy()
    loop.label(60)
    assert (pool.askable == before).all(), "answering changed what the pool says of itself"
    first, *later = [point["agreement"] for point in loop.session.state.measured]
    assert first is None
    assert len(later) == 5
    assert all(0.0 < kappa < 1.0 for kappa in later)
    assert loop.session.state.history()[-1].agreement == later[-1]


def test_what_came_in_since_the_last_training_is_left_for_the_next(loop: Loop) -> None:
    loop.label(20)
    known, _ = loop.session.labelled()
    rows = len(loop.session.pool)
    loop.store.add("p", [Example("new", {"text": "a text that nobody has encoded"})])
    loop.session.tell("new", loop.session.task.form()["labels"][0])
    labelled, _ = loop.session.labelled()
    assert labelled.ids == known.ids
    assert loop.session.scored().max() < rows == loop.session.pool.row_of["new"]
    assert loop.session.measure() is not None


@pytest.mark.slow
def test_the_control_estimate_covers_the_truth_about_as_often_as_it_says(
    make_loop: Callable[..., Loop],
) -> None:
    covered = []
    for seed in range(10):
        loop = make_loop(seed=seed, control=0.3)
        loop.label(150)
        quality = loop.session.measure()
        assert quality is not None
        control = [p for p in loop.session.state.measured if p.get("estimate") is not None][-1]
        assert quality.source == "test"
        covered.append(control["low"] <= quality.estimate <= control["high"])
    assert sum(covered) >= 8, covered


def test_measured_points_become_the_learning_curve(loop: Loop) -> None:
    loop.label(60)
    report = loop.session.report()
    answers = [point["answers"] for point in report["curve"]]
    assert answers == sorted(answers)
    assert answers[-1] == 60
    assert report["quality"]["source"] == "test"
    assert report["quality"]["n"] == report["counts"]["test"] > 0
    assert {v["rule"] for v in report["stop"]} == {"budget", "target", "stable"}
    assert all(v["reason"] for v in report["stop"])
    assert sum(row["count"] for row in report["classes"]) == 60


def test_why_shows_neighbours_and_stays_blind_for_control(loop: Loop) -> None:
    loop.label(60)
    asked = [e for e in loop.store.events("p") if e.kind == ASKED]
    questions = loop.session.ask(40, "ann")
    control = {
        e.example for e in loop.store.events("p")[len(asked) :] if e.data.get("arm") == "control"
    }
    for question in questions:
        told = loop.session.why(question.example.id)
        assert len(told["neighbours"]) == 5
        assert all(n["label"] is not None for n in told["neighbours"])
        blind = question.example.id in control
        assert (told["prediction"] is None) == blind
    assert control, "forty questions without a random one"


def test_what_is_taken_for_junk_is_listed_with_its_text(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(strategy="clipped(margin, share=0.2)")
    loop.label(40)
    listed = loop.session.report()["left_out"]
    assert listed
    assert [row["id"] for row in listed] == list(loop.session.serving.state["junk"])[:50]
    assert all(row["text"] for row in listed)

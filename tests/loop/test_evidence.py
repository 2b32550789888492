"""Evidence of a live project: what it says, what it rests on, and that it is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from asknext.core.events import WANTED, Draft
from asknext.core.predictions import Prediction
from asknext.core.settings import task_from_json
from asknext.evaluation.weighting import lure_weights
from asknext.loop import evidence, learner, measuring, prospects, weighing
from tests.loop.conftest import Loop


def worked_out(loop: Loop) -> dict[str, Any]:
    found = loop.session.evidence()
    assert found is not None
    return found


def test_evidence_rests_on_random_answers_and_is_kept(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(90)
    assert loop.session.report()["evidence"] is None
    found = worked_out(loop)
    control = loop.session.state.control_ids()
    assert (found["answers"], found["random_answers"]) == (90, len(control))
    assert found["quality"]["n"] == len(control)
    assert found["quality"]["low"] < found["quality"]["estimate"] < found["quality"]["high"]
    assert loop.again().report()["evidence"] == found

    test = [e.id for _, e in loop.store.scan("p", limit=10_000) if e.split == "test"]
    assert (found["classes"]["source"], found["classes"]["n"]) == ("test", len(test))
    supports = {row["label"]: row["support"] for row in found["classes"]["per_class"]}
    assert supports["refund"] == sum(loop.gold[id] == "refund" for id in test)

    assert found["weighted"] == {"estimate": None, "reason": weighing.SURE, "n": 0}
    assert [one["half"] for one in found["audit"]] == sorted(evidence.HALVES, reverse=True)
    assert 0.5 < sum(one["estimate"] for one in found["shares"]) < 1.5

    sizes = [point["answers"] for point in found["outlook"]["points"]]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 90 - -(-len(control) // measuring.FOLDS)
    saving = found["saving"]
    assert saving["answers"]["low"] <= saving["answers"]["estimate"] <= saving["answers"]["high"]
    assert saving["equal_number"]["answers"] < len(control)


def test_its_quality_is_the_one_that_was_measured(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(60)
    loop.session.measure()
    last, found = loop.session.state.measured[-1], worked_out(loop)["quality"]
    names = ("estimate", "low", "high", "n")
    assert [found[name] for name in names] == [last[name] for name in names]


def test_working_it_out_twice_gives_the_same(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(60)
    assert worked_out(loop) == worked_out(loop)
    other = loop.again()
    other.train()
    assert other.evidence() is not None


def test_others_label_and_train_while_it_is_worked_out(
    make_loop: Callable[..., Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = make_loop(control=0.3)
    done = loop.label(60)
    gather = evidence.gather

    def meanwhile() -> None:
        loop.session.retract(done[0], who="oracle")
        loop.label(6)

    def slowly(*parts: Any) -> dict[str, Any]:
        other = threading.Thread(target=meanwhile, daemon=True)
        other.start()
        other.join(60)
        assert not other.is_alive(), "nobody waits for it"
        return gather(*parts)

    monkeypatch.setattr(evidence, "gather", slowly)
    assert worked_out(loop)["answers"] == 60
    assert loop.session.serving.version == 65


def test_the_reserve_is_unanswered_and_random(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(60)
    live = loop.session
    labelled, _ = live.labelled()
    assert live.space is not None
    judges = evidence._judges(live, live.space, labelled, np.arange(10))
    rows = evidence._reserve(live, judges)
    ids = {live.pool.ids[row] for row in rows}
    assert not ids & set(live.state.current)
    assert (live.pool.draw[rows] < 0.3).all()
    assert len(rows) > 100
    assert [row["left"] for row in worked_out(loop)["audit"]] == [len(rows)] * 3


@pytest.mark.parametrize("strategy", ["random", "power(margin)"])
def test_answers_drawn_by_chance_count_with_their_weight(
    make_loop: Callable[..., Loop], strategy: str
) -> None:
    loop = make_loop(control=0.2, strategy=strategy)
    loop.label(80)
    found = worked_out(loop)["weighted"]
    asked = [s for x in loop.session.state.current.values() for s in x.values()]
    assert found["strategy_alone"]["n"] == sum(said.arm == "strategy" for said in asked)
    assert found["n"] == 80
    assert found["low"] < found["estimate"] < found["high"]


def test_even_draws_weigh_alike(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.2, strategy="random")
    loop.label(40)
    labelled, _ = loop.session.labelled()
    drawn = weighing.drawn_by_chance(loop.session, labelled)
    even = 1.0 / (drawn.left - np.arange(len(drawn.at)))
    assert drawn.chances == pytest.approx(even)


def test_the_pool_drawn_from_is_the_one_that_had_no_labels(make_loop: Callable[..., Loop]) -> None:
    """Half the texts come with labels: what is drawn is drawn from the others alone."""
    loop = make_loop(control=0.2, strategy="random")
    session = loop.session
    rows = np.flatnonzero(session.pool.askable)
    for row in rows[::2].tolist():
        id = session.pool.ids[row]
        session.tell(id, loop.gold[id], who="file")
    session.train()
    free = int((session.pool.draw[rows[1::2]] >= 0.2).sum())
    loop.label(40)
    labelled, _ = session.labelled()
    drawn = weighing.drawn_by_chance(session, labelled)
    assert drawn.left == free
    assert lure_weights(drawn.chances, drawn.left) == pytest.approx(1.0)


def asked_by(strategy: str, left: int) -> dict[str, Any]:
    return {"strategy": strategy, "probability": 1 / max(left, 1), "left": left, "arm": "strategy"}


@pytest.mark.parametrize(
    ("strategy", "left", "reason"),
    [
        ("random@1", 0, weighing.PART),  # capped, or of a log from before it was kept
        ("subsample(random)@1", 200, weighing.SURE),
        ("margin@1", 200, weighing.SURE),
    ],
)
def test_only_chances_among_all_texts_weigh(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, strategy: str, left: int, reason: str
) -> None:
    asked = [(i, i, asked_by("random@1", 300 - i)) for i in range(20)]
    asked += [(20, 20, asked_by(strategy, left))]
    asked += [(21 + i, 21 + i, asked_by("power(margin)@1", 200 - i)) for i in range(3)]
    monkeypatch.setattr(weighing, "_by_strategy", lambda live, labelled: asked)
    drawn = weighing.drawn_by_chance(loop.session, loop.session.labelled()[0])
    assert (drawn.at.tolist(), drawn.left, drawn.reason) == ([21, 22, 23], 200, reason)


def test_where_too_many_are_left_to_rank_nothing_weighs(
    make_loop: Callable[..., Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "MOST", {"vectors": 50})
    loop = make_loop(control=0.2, strategy="random")
    loop.label(20)
    drawn = weighing.drawn_by_chance(loop.session, loop.session.labelled()[0])
    assert (drawn.at.tolist(), drawn.reason) == ([], weighing.PART)


def test_a_pool_that_grew_is_another_one(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [(i, i, asked_by("random@1", 100 - i)) for i in range(20)]
    asked += [(20 + i, 20 + i, asked_by("random@1", 500 - i)) for i in range(5)]
    monkeypatch.setattr(weighing, "_by_strategy", lambda live, labelled: asked)
    drawn = weighing.drawn_by_chance(loop.session, loop.session.labelled()[0])
    assert (drawn.at.tolist(), drawn.left) == ([20, 21, 22, 23, 24], 500)


def test_a_second_look_changes_nothing_of_the_draw(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.2, strategy="random")
    loop.label(30)
    session = loop.session
    before = weighing.drawn_by_chance(session, session.labelled()[0])
    example = next(
        x for x, said in session.state.current.items() if said["oracle"].arm == "strategy"
    )
    session.append(
        Draft(kind=WANTED, at=0.0, who="me", data={"examples": [example], "why": "label_errors"})
    )
    (question,) = session.ask(1, "oracle")
    assert question.example.id == example
    session.tell(example, loop.gold[example], who="oracle")
    after = weighing.drawn_by_chance(session, session.labelled()[0])
    assert after.at.tolist() == before.at.tolist()
    assert after.chances.tolist() == before.chances.tolist()


def test_with_few_answers_it_says_so(loop: Loop) -> None:
    assert loop.session.evidence() is None
    loop.label(10)
    assert worked_out(loop)["reason"] == weighing.FEW


def test_all_who_answer_an_example_take_its_time(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3, wanted=2)
    session = loop.session
    for who, seconds in (("ann", 4.0), ("bob", 6.0)):
        for question in session.ask(12, who):
            example = question.example.id
            session.tell(example, loop.gold[example], who=who, seconds=seconds)
    both = {x for x, said in session.state.current.items() if len(said) == 2}
    every, control = prospects._seconds(session)
    assert both
    assert every.count(10.0) == len(both)
    assert len(every) == len(session.state.labels)
    assert control.count(10.0) == len(both & set(session.control_ids()))


@pytest.mark.parametrize(
    ("kind", "arrays", "helped"),
    [
        ("multi_label", {"label_proba": np.array([[0.9, 0.2], [0.4, 0.6]])}, 2),
        ("regression", {"mean": np.array([0.2, 0.4])}, 0),  # without a variance it cannot say
    ],
)
def test_any_confidence_may_help(kind: str, arrays: dict[str, Any], helped: int) -> None:
    more = {"labels": ["a", "b"]} if kind == "multi_label" else {"low": 0.0, "high": 1.0}
    made = Prediction(("a", "b"), arrays)
    right = np.array([0.0, 1.0] * 10)
    pairs = [(made, made)] * 10
    powered, unanswered = evidence._powered(task_from_json({"kind": kind, **more}), pairs, right)
    assert unanswered == helped
    assert powered.plain.estimate == 0.5


def test_a_target_inside_another_rule_is_looked_out_for(make_loop: Callable[..., Loop]) -> None:
    stop = {"patience": {"rule": "target", "arguments": {"quality": 0.57}}}
    loop = make_loop(control=0.3, stop=stop)
    loop.label(60)
    outlook = worked_out(loop)["outlook"]
    assert 0.57 in [one["target"] for one in outlook["targets"]]

"""Audits: the control arm's next questions come at once, and stay a random sample."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asknext.core.errors import InvalidInput, NotReady
from asknext.evaluation.audit import answers_needed
from tests.loop.conftest import Loop


def drawn(loop: Loop) -> list[str]:
    """The control arm of a project in the order of its draw."""
    pool, share = loop.session.pool, loop.session.settings.control
    rows = [row for row in range(len(pool.ids)) if pool.askable[row] and pool.draw[row] < share]
    return [pool.ids[row] for row in sorted(rows, key=lambda row: pool.draw[row])]


def test_the_next_of_the_control_arm_come_first(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(30)
    known = loop.session.control_ids()
    free = [example for example in drawn(loop) if example not in known]
    found = loop.session.ask_audit(8, who="boss")
    assert found == {"wanted": free[:8], "left": len(free) - 8}
    questions = loop.session.ask(9, "ann")
    assert [question.example.id for question in questions[:8]] == free[:8]
    assert {question.suggestion for question in questions[:8]} == {None}
    assert {question.reason for question in questions[:8]} == {
        "drawn at random, to measure how good the model is"
    }
    for question in questions[:8]:
        loop.session.tell(question.example.id, loop.gold[question.example.id], who="ann")
    assert set(loop.session.control_ids()) == {*known, *free[:8]}
    assert set(loop.again().control_ids()) == {*known, *free[:8]}
    loop.session.train()
    loop.session.measure()
    assert loop.session.state.measured[-1]["n"] == len(known) + 8


def test_the_control_answers_are_the_beginning_of_the_draw(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(20)
    loop.session.ask_audit(10)
    loop.label(30)
    known = loop.session.control_ids()
    assert len(known) >= 10
    assert set(known) == set(drawn(loop)[: len(known)])


def test_as_many_as_an_interval_takes(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.9)
    with pytest.raises(NotReady, match="not been measured"):
        loop.session.ask_audit(half=0.05)
    loop.label(40)
    loop.session.measure()
    last = loop.session.state.measured[-1]
    more = answers_needed(last["estimate"], 0.1) - last["n"]
    assert len(loop.session.ask_audit(half=0.1)["wanted"]) == more > 0
    assert loop.session.ask_audit(half=0.1)["wanted"] == [], "they come next already"
    assert loop.session.ask_audit(half=0.4)["wanted"] == []


def test_a_retry_is_one_wish_and_two_wishes_are_two(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.5)
    loop.label(10)
    first = loop.session.ask_audit(5, key="k")
    assert loop.session.ask_audit(5, key="k") == first
    second = loop.session.ask_audit(5)
    assert not set(first["wanted"]) & set(second["wanted"])
    assert second["left"] == first["left"] - 5


def test_what_cannot_be_asked_says_so(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.0)
    loop.label(10)
    with pytest.raises(NotReady, match="left to ask"):
        loop.session.ask_audit(5)
    for wrong in ({"k": 0}, {"k": 5, "half": 0.1}):
        with pytest.raises(InvalidInput, match="an audit takes"):
            loop.session.ask_audit(**wrong)  # type: ignore[arg-type]

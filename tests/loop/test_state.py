"""What events say, folded: what is kept of a first answer, and what a wish for another one does."""

from __future__ import annotations

from typing import Any

import pytest

from asknext.core.events import ANSWERED, ASKED, LABEL, RETRACTED, SKIP, UNSURE, WANTED, Event
from asknext.loop.state import State
from asknext.loop.wishes import WISH


class Log:
    """Write events one by one and fold each."""

    def __init__(self) -> None:
        self.state = State()

    def write(self, kind: str, example: str | None = "x", who: str = "ann", **data: Any) -> None:
        seq = self.state.seq + 1
        event = Event(seq=seq, kind=kind, at=0.0, who=who, example=example, data=data)
        self.state.fold([event])

    def asked(self, arm: str, probability: float) -> None:
        self.write(ASKED, arm=arm, probability=probability)

    def says(self, value: Any, *, action: str = LABEL, who: str = "ann", **data: Any) -> None:
        arm = self.state.arm("x", who)
        self.write(ANSWERED, who=who, action=action, value=value, **{"arm": arm, **data})


def test_a_correction_keeps_how_the_first_answer_came() -> None:
    log = Log()
    log.asked("strategy", 0.25)
    log.says("a", predicted="b")
    log.asked("wanted", 1.0)
    log.says("c")
    said = log.state.current["x"]["ann"]
    assert (said.value, said.seq, said.first) == ("c", 4, 2)
    assert (said.arm, said.question["probability"], said.predicted) == ("strategy", 0.25, "b")


def test_what_was_taken_back_and_said_again_keeps_it_too() -> None:
    log = Log()
    log.asked("control", 0.01)
    log.says("a", predicted="b")
    log.write(RETRACTED)
    log.says("a", arm="wanted", predicted="a")
    said = log.state.current["x"]["ann"]
    assert (said.seq, said.first, said.arm, said.predicted) == (4, 2, "control", "b")
    assert log.state.control_ids() == ["x"]


def test_a_prediction_after_a_skip_is_as_fair_as_the_first() -> None:
    log = Log()
    log.asked("strategy", 0.25)
    log.says(None, action=SKIP, predicted="b")
    log.says("a", predicted="c")
    log.says("b", predicted="a")
    assert log.state.current["x"]["ann"].predicted == "c"


def test_each_person_has_a_first_answer_of_their_own() -> None:
    log = Log()
    log.asked("strategy", 0.25)
    log.says("a")
    log.says("b", who="bob")
    said = log.state.current["x"]
    assert (said["ann"].first, said["bob"].first) == (2, 3)
    assert (said["bob"].arm, dict(said["bob"].question)) == ("volunteered", {})


def wished() -> Log:
    """A label of Ann's that somebody wants looked at again, and she is asked."""
    log = Log()
    log.asked("strategy", 0.25)
    log.says("a")
    log.write(WANTED, None, examples=["x"], why="worst")
    log.write(ASKED, arm="wanted", probability=1.0, strategy=WISH)
    return log


@pytest.mark.parametrize("action", [SKIP, UNSURE])
def test_who_declines_a_second_look_keeps_their_label_and_is_not_asked_again(action: str) -> None:
    log = wished()
    log.says(None, action=action)
    assert log.state.labels == {"x": "a"}
    assert log.state.wanted == {"x": "worst"}
    assert log.state.wishes.declined("x", "ann")
    assert not log.state.wishes.declined("x", "bob")
    log.says("b", who="bob")
    assert not log.state.wanted
    log.write(RETRACTED)
    assert log.state.current["x"]["ann"].value == "a", "only the declining was taken back"


def test_without_a_wish_a_skip_takes_the_label_away_as_it_always_did() -> None:
    log = wished()
    log.says("b")
    log.says(None, action=SKIP)
    assert log.state.labels == {}


def test_a_second_look_is_remembered_until_the_label_changes() -> None:
    log = wished()
    log.says("a")
    assert log.state.wishes.looked == {"x"}
    log.says("a")
    assert log.state.wishes.looked == {"x"}
    log.says("b")
    assert not log.state.wishes.looked


def test_an_answer_taken_back_leaves_the_wish_that_it_settled() -> None:
    log = wished()
    log.says("a")
    assert not log.state.wanted
    log.write(RETRACTED)
    assert log.state.wanted == {"x": "worst"}
    assert not log.state.wishes.looked


def test_a_first_label_settles_a_wish_without_a_second_look() -> None:
    log = Log()
    log.write(WANTED, None, examples=["x"], why="slices")
    log.says("a")
    assert not log.state.wanted
    assert not log.state.wishes.looked

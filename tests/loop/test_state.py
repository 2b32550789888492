"""What events say, folded: what is kept of a first answer, and what a wish for another one does."""

from __future__ import annotations

from typing import Any

from asknext.core.events import ANSWERED, ASKED, LABEL, RETRACTED, SKIP, Event
from asknext.loop.state import State


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

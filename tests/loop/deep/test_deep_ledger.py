"""The ledger: what the events say, whoever appended them and in whatever order they raced."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from asknext.core.errors import InvalidInput, NotFound, NotReady
from asknext.core.events import CANCELLED, FAILED, PROMOTED, REFUSED
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.requests import cancel, due, end, request, roll_back, take_up
from asknext.loop.deep.status import deep_status
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import answer, make


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find(tmp_path / "home")


@pytest.fixture
def store() -> Store:
    store = MemoryStore()
    make(store, "p", Path("nowhere"))
    return store


@pytest.fixture
def session(store: Store, home: Home) -> Session:
    return Session(store, "p", home)


def started(session: Session) -> str:
    run = request(session)
    taken = take_up(session, run, {"answers": len(session.state.labels)})
    assert taken is not None
    return taken.id


def test_a_run_is_due_when_enough_labels_are_new(session: Session) -> None:
    answer(session, 29)
    assert not due(session)
    assert deep_status(session, {})["next"] == 30
    answer(session, 1)
    assert due(session)
    first = started(session)
    end(session, first, PROMOTED, {})
    assert not due(session)
    assert deep_status(session, {})["next"] == 60
    answer(session, 29)
    assert not due(session)
    answer(session, 1)
    assert due(session)


@pytest.mark.parametrize("kind", [PROMOTED, REFUSED, FAILED, CANCELLED])
def test_after_any_end_the_next_run_waits_for_new_labels(session: Session, kind: str) -> None:
    answer(session, 30)
    run = request(session)  # cancelled while it waits, it must not come back at once
    end(session, run.id, kind, {})
    assert session.state.runs[run.id].state == kind
    assert not due(session)


def test_an_interrupted_run_stays_due_and_counts_its_attempts(session: Session) -> None:
    answer(session, 30)
    run = started(session)
    again = Session(session.store, "p", session.home)  # after a kill
    assert due(again)
    found = take_up(again, again.state.runs[run], {"answers": 30})
    assert found is not None
    assert (found.id, found.attempts) == (run, 2)


def test_of_two_processes_with_the_same_idea_one_has_it(session: Session) -> None:
    answer(session, 30)
    other = Session(session.store, "p", session.home)
    assert request(session).id == request(other).id == "r0001"
    mine, theirs = session.state.runs["r0001"], other.state.runs["r0001"]
    assert take_up(session, mine, {"answers": 30}) is not None
    assert take_up(other, theirs, {"answers": 30}) is None
    assert end(other, "r0001", CANCELLED, {})
    assert not end(session, "r0001", PROMOTED, {})  # cancelled first: it must not serve
    session.sync()
    assert session.state.runs["r0001"].state == CANCELLED
    assert session.state.serving_run == ""


def test_many_threads_end_a_run_once(session: Session) -> None:
    answer(session, 30)
    run = started(session)
    ends = [PROMOTED, CANCELLED, FAILED, REFUSED] * 3
    fresh: list[str] = []
    barrier = threading.Barrier(len(ends))

    def finish(kind: str) -> None:
        own = Session(session.store, "p", session.home)
        barrier.wait()
        if end(own, run, kind, {}):
            fresh.append(kind)

    threads = [threading.Thread(target=finish, args=(kind,)) for kind in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.sync()
    assert fresh == [session.state.runs[run].state]


def test_rolling_back_goes_from_model_to_model_to_the_first_encoder(session: Session) -> None:
    answer(session, 30)
    for _ in range(3):
        end(session, started(session), PROMOTED, {})
    assert session.state.serving_run == "r0003"
    assert roll_back(session) == "r0002"
    end(session, started(session), PROMOTED, {})
    assert session.state.ledger.served == ["r0001", "r0002", "r0004"]
    assert [roll_back(session) for _ in range(3)] == ["r0002", "r0001", ""]
    with pytest.raises(NotReady, match="nothing to roll back"):
        roll_back(session)
    other = Session(session.store, "p", session.home)
    assert other.state.serving_run == ""
    assert list(other.state.runs) == ["r0001", "r0002", "r0003", "r0004"]


def test_what_cannot_be_asked_says_so(session: Session, store: Store, home: Home) -> None:
    with pytest.raises(NotReady, match="label a few examples first"):
        request(session)
    with pytest.raises(NotFound, match="there is: none yet"):
        cancel(session, "r0009")
    answer(session, 30)
    run = request(session)
    assert cancel(session, run.id).state == CANCELLED
    with pytest.raises(NotReady, match="has ended already: cancelled"):
        cancel(session, run.id)
    make(store, "q", Path("nowhere"))
    store.configure(store.settings("q").changed(deep={}), 0.0)
    plain = Session(store, "q", home)
    with pytest.raises(NotReady, match="has no deep model"):
        request(plain)
    assert not due(plain)
    assert deep_status(plain, {})["next"] is None


@pytest.mark.parametrize(
    "wrong",
    [{"judge": "coin"}, {"every": -1}, {"keep": 0}, {"minutes": 0}, {"device": "../x"}],
    ids=str,
)
def test_a_plan_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Plan.of({"model": "transformer", **wrong})

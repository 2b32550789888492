"""Ask and tell: held questions first, nothing doubled, corrections, undo, resuming."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asknext.core.errors import InvalidAnswer, InvalidInput, NotFound
from tests.loop.conftest import Loop


def test_asking_twice_gives_the_same_questions(loop: Loop) -> None:
    first = [q.example.id for q in loop.session.ask(5, "ann")]
    assert [q.example.id for q in loop.session.ask(5, "ann")] == first
    assert len(set(first)) == 5


def test_holding_leaves_out_what_the_client_has(loop: Loop) -> None:
    first = [q.example.id for q in loop.session.ask(3, "ann")]
    more = [q.example.id for q in loop.session.ask(3, "ann", holding=first)]
    assert not set(first) & set(more)


def test_two_people_never_get_the_same_question(loop: Loop) -> None:
    ann = {q.example.id for q in loop.session.ask(50, "ann")}
    bob = {q.example.id for q in loop.session.ask(50, "bob")}
    assert not ann & bob


def test_an_expired_lease_goes_back_to_the_pool(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(lease_seconds=60.0)
    now = [1000.0]
    loop.session.clock = lambda: now[0]
    ann = [q.example.id for q in loop.session.ask(3, "ann")]
    now[0] += 61.0
    assert [q.example.id for q in loop.session.ask(3, "bob")] == ann
    told = loop.session.tell(ann[0], loop.gold[ann[0]], who="ann")
    assert told.fresh, "an answer that comes late is kept all the same"


def test_a_retry_with_the_same_key_is_stored_once(loop: Loop) -> None:
    id = loop.session.ask(1, "ann")[0].example.id
    first = loop.session.tell(id, loop.gold[id], who="ann", key="k1")
    again = loop.session.tell(id, loop.gold[id], who="ann", key="k1")
    assert (first.fresh, again.fresh) == (True, False)
    assert first.event == again.event
    assert loop.session.counts()["answers"] == 1


def test_wrong_answers_are_refused_and_leave_nothing(loop: Loop) -> None:
    id = loop.session.ask(1, "ann")[0].example.id
    with pytest.raises(InvalidAnswer, match="not a label of this project"):
        loop.session.tell(id, "no such label", who="ann")
    with pytest.raises(InvalidInput, match="allowed: label, skip, unsure, flag"):
        loop.session.tell(id, None, who="ann", action="shrug")
    with pytest.raises(NotFound):
        loop.session.tell("no-such-example", loop.gold[id], who="ann")
    assert loop.session.counts()["answers"] == 0


def test_a_correction_is_a_new_answer_and_the_newest_wins(loop: Loop) -> None:
    id = loop.session.ask(1, "ann")[0].example.id
    labels = list(loop.session.task.form()["labels"])
    loop.session.tell(id, labels[0], who="ann")
    loop.session.tell(id, labels[1], who="ann")
    assert loop.session.state.labels[id] == labels[1]
    assert loop.session.counts()["answers"] == 2
    assert loop.again().state.labels[id] == labels[1]


def test_taking_back_frees_the_label_and_holds_the_question(loop: Loop) -> None:
    id = loop.session.ask(1, "ann")[0].example.id
    loop.session.tell(id, loop.gold[id], who="ann")
    loop.session.retract(id, who="ann")
    assert id not in loop.session.state.labels
    assert loop.session.ask(1, "ann")[0].example.id == id
    assert id not in {q.example.id for q in loop.session.ask(5, "bob")}


def test_skipped_comes_back_at_the_end_flagged_never(write: Callable[..., object]) -> None:
    from pathlib import Path

    from asknext.core.home import Home
    from asknext.core.settings import Settings
    from asknext.core.tasks import Classification
    from asknext.loop.projects import create_project, import_file
    from asknext.loop.session import Session
    from asknext.store.memory import MemoryStore

    path = Path(str(write("few.txt", "first text\nsecond text here\nthird thing\n")))
    store, home = MemoryStore(), Home.find(path.parent / "home")
    create_project(store, Settings(name="p", task=Classification(("a", "b")).to_json()))
    import_file(store, home, "p", path, {"text": "text"})
    session = Session(store, "p", home)
    order = [q.example.id for q in session.ask(3, "ann")]
    session.tell(order[0], who="ann", action="skip")
    session.tell(order[1], who="ann", action="flag")
    session.tell(order[2], "a", who="ann")
    assert [q.example.id for q in session.ask(3, "ann")] == [order[0]]
    assert [q.example.id for q in session.ask(3, "bob")] == []
    session.tell(order[0], "b", who="ann")
    assert session.ask(1, "ann") == []
    assert session.counts()["flagged"] == 1


def test_several_wanted_answers_come_from_different_people(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(wanted=2)
    ann = [q.example.id for q in loop.session.ask(4, "ann")]
    bob = [q.example.id for q in loop.session.ask(4, "bob")]
    assert ann == bob
    for id in ann:
        loop.session.tell(id, loop.gold[id], who="ann")
        loop.session.tell(id, loop.gold[id], who="bob")
    assert not set(ann) & {q.example.id for q in loop.session.ask(20, "eve")}


def test_a_new_session_continues_where_the_old_one_stopped(loop: Loop) -> None:
    loop.label(40)
    held = [q.example.id for q in loop.session.ask(5, "oracle")]
    other = loop.again()
    other.train()
    assert other.state.labels == loop.session.state.labels
    assert [q.example.id for q in other.ask(5, "oracle")] == held
    assert [p.id for p in other.serving.queue] != []


def test_sessions_over_one_store_see_each_other(loop: Loop) -> None:
    other = loop.again()
    ann = {q.example.id for q in loop.session.ask(20, "ann")}
    bob = {q.example.id for q in other.ask(20, "bob")}
    assert not ann & bob
    for id in sorted(ann):
        loop.session.tell(id, loop.gold[id], who="ann")
    other.sync()
    assert other.state.labels == loop.session.state.labels


def test_copies_carry_the_label_of_the_first(write: Callable[..., object], loop: Loop) -> None:
    from pathlib import Path

    from asknext.loop.projects import import_file

    text = "please tell me where the blue parcel is"
    path = Path(str(write("twice.csv", f"text\n{text}\n{text}\n")))
    report = import_file(loop.store, loop.home, "p", path, {"text": "text"})
    assert (report.new, report.copies) == (2, 1)
    loop.session.sync()
    first, copy = loop.session.pool.ids[-2:]
    loop.session.tell(first, loop.session.task.form()["labels"][0])
    rows = {row["id"]: row for row in _exported(loop)}
    assert rows[copy]["label"] == rows[first]["label"] is not None
    assert rows[copy]["copy_of"] == first


def _exported(loop: Loop) -> list[dict[str, object]]:
    from asknext.loop.exporting import _rows

    return list(_rows(loop.session))


def test_history_is_newest_first_without_what_was_taken_back(loop: Loop) -> None:
    ids = loop.label(4, "ann")
    loop.session.retract(ids[2], who="ann")
    assert [h["example"] for h in loop.session.history("ann")] == [ids[3], ids[1], ids[0]]
    assert loop.session.history("bob") == []

"""Lists of errors of a live project: who judges what, what is found, and asking it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotFound
from asknext.core.events import ANSWERED, PROMOTED, REQUESTED, WANTED, Draft
from asknext.core.home import Home
from asknext.core.vectors import unit_rows
from asknext.loop.session import Session
from asknext.loop.unseen import folds, gathered, out_of_fold
from asknext.store.memory import MemoryStore
from tests.loop.conftest import Loop, make_project

N, WRONG = 120, 8


def answer(session: Session, gold: dict[str, str], n: int, who: str = "oracle") -> list[str]:
    """Answer n questions truly, with a model after the first half."""
    done: list[str] = []
    for part in range(2):
        for question in session.ask(n // 2, who):
            session.tell(question.example.id, gold[question.example.id], who=who)
            done.append(question.example.id)
        if not part:
            session.train()
    return done


@pytest.fixture(scope="module")
def project(warm_home: Home) -> tuple[Loop, list[str]]:
    """A project of true answers but for a few that the second half of them have got wrong."""
    store = MemoryStore()
    make_project(store, warm_home, "p", control=0.4)
    gold = {example.id: example.gold for _, example in store.scan("p", limit=10_000)}
    loop = Loop(store, warm_home, Session(store, "p", warm_home), gold)
    done = answer(loop.session, gold, N)
    labels = loop.session.task.form()["labels"]
    planted = done[N // 2 : N // 2 + WRONG]
    for number, id in enumerate(planted):
        others = [label for label in labels if label != gold[id]]
        loop.session.tell(id, others[number % len(others)], who="oracle")
    loop.session.train()
    return loop, planted


def test_each_example_is_judged_by_a_model_that_had_not_learnt_it(
    project: tuple[Loop, list[str]],
) -> None:
    loop, planted = project
    evidence = gathered(loop.session)
    first: dict[str, object] = {}
    for event in loop.store.events("p"):
        if event.kind == ANSWERED:
            first.setdefault(str(event.example), event.data["predicted"])
    kept = {id: loop.session.state.current[id]["oracle"].predicted for id in planted}
    assert kept == {id: first[id] for id in planted}, "a correction keeps what was predicted"
    assert set(evidence.source) == {"out_of_fold"}, "so that each confidence is the same model's"
    right = [a == b for a, b in zip(evidence.predicted, evidence.actual, strict=True)]
    assert evidence.score.tolist() == [float(one) for one in right]


def test_predictions_out_of_fold_do_not_know_the_label(project: tuple[Loop, list[str]]) -> None:
    session = project[0].session
    labelled, _ = session.labelled()
    space, names = session.space, session.task.form()["labels"]
    assert space is not None
    other = [*labelled.labels]
    other[7] = next(name for name in names if name != other[7])
    everyone = np.arange(N)
    first, second = (
        out_of_fold(session.learner, space, replace(labelled, labels=labels), everyone)
        for labels in (labelled.labels, other)
    )
    assert first is not None
    assert second is not None
    assert first.proba is not None
    assert second.proba is not None
    assert (first.proba[7] == second.proba[7]).all(), "its own label makes no difference"
    assert (first.proba != second.proba).any(axis=1).sum() > N / 2, "to most others it does"
    assert first.stages.shape == (4, N)
    assert first.stages[3, 7] == first.proba[7][names.index(labelled.labels[7])]
    few = np.array([3, 7])
    part = out_of_fold(session.learner, space, labelled, few)
    assert part is not None
    assert part.proba is not None
    assert np.flatnonzero(np.isfinite(part.confidence)).tolist() == [3, 7]
    assert (part.proba[few] == first.proba[few]).all()


def test_near_duplicates_are_predicted_by_the_same_models() -> None:
    near = np.array([7, 1, 7, 3, 7, *range(10, 55), 1])
    fold = folds(3, near)
    assert fold[0] == fold[2] == fold[4]
    assert fold[1] == fold[-1]
    assert np.bincount(fold[[*range(5, 50)]], minlength=5).min() >= 7
    assert (fold == folds(3, near)).all()
    assert (fold != folds(4, near)).any()
    assert folds(3, near[:0]).tolist() == []


def test_all_lists_are_plain_json_and_hold_what_they_say(project: tuple[Loop, list[str]]) -> None:
    loop, planted = project
    found = loop.session.errors()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [each["kind"] for each in found["lists"]] == list(registry.BUILT_IN["error_list"])
    assert found["labelled"] == N
    assert found["judged"]["before"]["n"] + found["judged"]["out_of_fold"]["n"] == N
    known = set(loop.session.state.labels)
    for each in found["lists"]:
        assert {id for item in each["items"] for id in item["ids"]} <= known
    model = next(x for x in found["lists"] if x["kind"] == "disagreements")
    assert set(planted) & {item["id"] for item in model["items"] if item["between"] == "model"}


def test_a_list_is_made_once_until_a_label_changes(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    answer(loop.session, loop.gold, 40)
    loop.session.train()
    first = loop.session.errors(["confusions"])["lists"][0]
    assert loop.session.errors(["confusions"])["lists"][0] is first
    [question] = loop.session.ask(1, "oracle")
    loop.session.tell(question.example.id, loop.gold[question.example.id], who="oracle")
    second = loop.session.errors(["disagreements"])["lists"][0]
    assert loop.session.errors(["confusions"])["lists"][0] is not first
    loop.session.tell(question.example.id, loop.gold[question.example.id], who="bob")
    third = loop.session.errors(["disagreements"])["lists"][0]
    assert third["figures"]["kappa"] != second["figures"]["kappa"], "the label is as it was"


def test_what_is_sent_is_asked_first_and_again_after_a_restart(
    make_loop: Callable[..., Loop],
) -> None:
    loop = make_loop(control=0.5)
    answer(loop.session, loop.gold, 40)
    loop.session.train()
    sent = loop.session.ask_errors("worst", k=6, key="once")["wanted"]
    assert len(sent) == 6
    assert loop.session.ask_errors("worst", k=6, key="once")["wanted"] == sent
    asked = [q.example.id for q in loop.session.ask(2, "oracle")]
    assert asked == sent[:2], "by who labelled them, too"
    again = loop.again()
    assert [q.example.id for q in again.ask(5, "oracle")][:5] == sent[:5]
    assert again.ask(1, "bob")[0].example.id == sent[5], "nobody gets what another one holds"
    drawn = set(again.control_ids())
    for id in sent:
        again.tell(id, loop.gold[id], who="bob" if id == sent[5] else "oracle")
    assert set(again.control_ids()) == drawn, "the sample that measures stays as it was"
    assert set(sent) & drawn, "or nothing was tested"
    assert not set(sent) & {q.example.id for q in loop.again().ask(30, "oracle")}
    again = loop.again()
    assert not again.state.wanted
    assert not set(sent) & set(again.ask_errors("worst", k=9)["wanted"]), "nor sent once more"
    assert again.ask_errors("worst", k=6, key="once")["wanted"] == sent, "what was asked then"


def test_a_second_look_shows_no_suggestion(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    answer(loop.session, loop.gold, 40)
    loop.session.train()
    sent = loop.session.ask_errors("worst", k=2)["wanted"]
    asked = [q for q in loop.session.ask(8, "ann") if q.example.id in sent]
    assert [q.suggestion for q in asked] == [None, None]
    assert {q.reason for q in asked} == {"a second look: the model is far off"}


def test_who_takes_a_second_look_back_holds_it_again(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    answer(loop.session, loop.gold, 40)
    loop.session.train()
    session = loop.session
    [sent] = session.ask_errors("worst", k=1)["wanted"]
    [question] = session.ask(1, "bob")
    assert question.example.id == sent
    session.tell(sent, action="skip", who="bob")
    assert sent not in {q.example.id for q in session.ask(3, "bob")}, "who declined is not asked"
    session.retract(sent, who="bob")
    assert sent in {q.example.id for q in session.ask(4, "bob")}
    session.tell(sent, loop.gold[sent], who="bob")
    session.retract(sent, who="bob")
    assert session.state.wanted == {sent: "worst"}
    assert sent in {lease.example for lease in session.store.leases("p", session.clock())}


def test_items_are_named(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop()
    answer(loop.session, loop.gold, 60)
    loop.session.train()
    item = loop.session.errors(["confusions"])["lists"][0]["items"][0]
    assert loop.session.ask_errors("confusions", names=[item["name"]])["wanted"] == item["ids"][:20]
    events = [event for event in loop.store.events("p") if event.kind == WANTED]
    assert events[-1].data == {"examples": item["ids"][:20], "why": "confusions"}
    with pytest.raises(NotFound, match="has no item 'nothing' now"):
        loop.session.ask_errors("confusions", names=["nothing"])
    with pytest.raises(NotFound, match="no error list named 'magic'"):
        loop.session.ask_errors("magic")
    with pytest.raises(InvalidInput, match="at least 1"):
        loop.session.ask_errors("worst", k=0)


def test_of_a_slice_new_texts_are_asked_and_none_kept_to_measure(
    project: tuple[Loop, list[str]],
) -> None:
    loop, _ = project
    session = loop.again()
    session.train()
    slices = session.errors(["slices"])["lists"][0]["items"]
    sent = session.ask_errors("slices", names=[slices[0]["name"]], k=5)["wanted"]
    assert len(sent) == 5
    assert not set(sent) & set(session.state.labels)
    assert all(session.pool.draw[session.pool.row_of[id]] >= 0.4 for id in sent)
    space, pool = session.space, session.pool
    assert space is not None
    fresh = session._errors._fresh()
    both = session._errors._like(slices[:2], 6)
    assert len({int(pool.near[pool.row_of[id]]) for id in both}) == 6, "no near-duplicates"
    ones = [session._errors._like([item], 1)[0] for item in slices[:2]]
    groups = [set(pool.near[pool.rows(ids)].tolist()) for ids in (ones, both[:2])]
    assert groups[0] <= groups[1], "each item has its turn"
    for item, id in zip(slices[:2], ones, strict=True):
        middle = unit_rows(unit_rows(space.sentences(pool.rows(item["ids"]))[:]).mean(0)[None])[0]
        likest = max(map(float, unit_rows(space.sentences(fresh)[:]) @ middle))
        mine = unit_rows(space.sentences(pool.rows([id]))[:])[0]
        assert float(mine @ middle) == pytest.approx(likest, rel=1e-4)


def test_without_labels_the_lists_are_empty(make_loop: Callable[..., Loop]) -> None:
    found = make_loop().session.errors()
    assert (found["labelled"], found["unjudged"]) == (0, 0)
    assert all(not each["items"] for each in found["lists"])


def test_labels_that_the_serving_vectors_have_learnt_judge_nobody(
    make_loop: Callable[..., Loop], tmp_path: Path
) -> None:
    loop = make_loop(control=0.5)
    done = answer(loop.session, loop.gold, 40)
    loop.session.home = Home.find(tmp_path)
    folder = loop.session.home.run("p", "r0001")
    folder.mkdir(parents=True)
    learnt = done[:30]
    (folder / "run.json").write_text(json.dumps({"learnt": learnt}), encoding="utf-8")
    for kind in (REQUESTED, PROMOTED):
        loop.session.append(Draft(kind=kind, at=0.0, data={"run": "r0001"}))
    loop.session.train()
    assert loop.session.run == "r0001"
    evidence = gathered(loop.session)
    source = dict(zip(evidence.ids, evidence.source, strict=True))
    assert {source[id] for id in learnt} == {"", "before"}
    assert "" in source.values()
    assert {source[id] for id in done[30:]} <= {"before", "out_of_fold"}
    assert "out_of_fold" in source.values()
    found = loop.session.errors(["label_errors", "worst"])
    assert found["unjudged"] == [*source.values()].count("")
    assert all(source[item["id"]] for item in found["lists"][1]["items"])

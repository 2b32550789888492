"""Lists of errors for each kind of task, on the bundled samples."""

from __future__ import annotations

import json

import numpy as np
import pytest

from asknext import example_data
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.loop.choosing import choose_columns, task_json
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session
from asknext.loop.unseen import gathered
from asknext.store.memory import MemoryStore

FILES = {
    "multi_label": "topics_sample.csv",
    "regression": "satisfaction_sample.csv",
    "tagging": "tagging_sample.jsonl",
    "generation": "translation_sample.jsonl",
    "preference": "replies_sample.jsonl",
}
N = 40
SWAPPED = {"a": "b", "b": "a"}


def labelled(kind: str, home: Home) -> Session:
    """A project of this kind with forty answers: true, but for some of pairs, else all known."""
    path = example_data.path(FILES[kind])
    mapping = choose_columns(path, {"kind": kind}).mapping
    store = MemoryStore()
    task = task_json(kind, {}, path=path, mapping=mapping)
    create_project(store, Settings(name="p", task=task, encoder="tfidf", control=0.5))
    import_file(store, home, "p", path, mapping, label_use="gold")
    encode_project(store, home, "p")
    gold = {example.id: example.gold for _, example in store.scan("p", limit=10_000)}
    session = Session(store, "p", home)
    for _ in range(2):
        for number, question in enumerate(session.ask(N // 2)):
            value = gold[question.example.id]
            swap = kind == "preference" and number % 5 == 0
            session.tell(question.example.id, SWAPPED.get(value, value) if swap else value)
        session.train()
    return session


@pytest.mark.parametrize("kind", sorted(FILES))
def test_every_task_has_its_lists(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    if kind == "generation":
        pytest.importorskip("sacrebleu", reason="needs the extra 'gen'")
    session = labelled(kind, Home.find(tmp_path_factory.mktemp("tasks")))
    evidence = gathered(session)
    n = len(evidence)
    assert n == len(session.state.labels) >= N // 2
    undecided = [label in ("tie", "bad") for label in evidence.actual]
    assert any(undecided) == (kind == "preference")
    assert [source == "" for source in evidence.source] == undecided
    assert set(evidence.source) - {""} == {"out_of_fold"}
    assert np.isnan(evidence.score).tolist() == undecided
    judged = evidence.score[evidence.judged]
    assert ((judged >= 0) & (judged <= 1)).all()
    assert evidence.stages.shape == (2 if kind == "tagging" else 4, n)
    found = session.errors()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    lists = {each["kind"]: each for each in found["lists"]}
    assert lists["worst"]["items"], "with twenty to forty answers something is wrong"
    scores = [item["score"] for item in lists["worst"]["items"]]
    assert scores == sorted(scores)
    assert bool(lists["confusions"]["items"]) == (kind not in ("regression", "generation"))
    assert sum(lists["dynamics"]["figures"][name] for name in ("hard", "ambiguous", "easy")) == len(
        judged
    )
    sent = session.ask_errors("worst", k=3)["wanted"]
    assert [question.example.id for question in session.ask(3)] == sent

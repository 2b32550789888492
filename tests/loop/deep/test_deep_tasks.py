"""A round for every kind of task: the deep model learns, judges fairly and serves."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.settings import Settings, task_from_json
from asknext.core.tasks import Generation
from asknext.loop.deep.requests import request, roll_back
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project
from asknext.loop.session import Session
from asknext.loop.written import WrittenSpace
from asknext.models.exported import load_model
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import WORDS, text_of
from tests.models.deep.conftest import small_t5

pytestmark = pytest.mark.slow

N = 60
NAMES = WORDS["delivery"].split()


def spans(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Mark the words about deliveries."""
    found, start = [], 0
    for word in fields["text"].split(" "):
        if word in NAMES:
            found.append({"start": start, "end": start + len(word), "label": "thing"})
        start += len(word) + 1
    return found


@dataclass(frozen=True)
class Case:
    task: Mapping[str, Any]
    gold: Callable[[Mapping[str, Any]], Any]
    fields: Callable[[int], dict[str, Any]] = lambda i: {"text": text_of(i)}
    encoder: str = "tfidf"


def number(fields: Mapping[str, Any]) -> int:
    return int(str(fields["text"]).split()[1]) % 3


CASES = {
    "multi_label": Case(
        {"kind": "multi_label", "labels": ["parcel", "money"]},
        lambda fields: [["parcel"], ["money"], []][number(fields)],
    ),
    "regression": Case(
        {"kind": "regression", "low": 0.0, "high": 2.0}, lambda fields: float(number(fields))
    ),
    "tagging": Case({"kind": "tagging", "labels": ["thing"]}, spans, encoder="base"),
    "preference": Case(
        {"kind": "preference"},
        lambda fields: "a" if fields["a"].split()[-1] in NAMES else "b",
        lambda i: {"text": "which?", "a": text_of(3 * i + i % 2), "b": text_of(3 * i + 1 - i % 2)},
    ),
}


def labelled(session: Session, gold: Callable[[Mapping[str, Any]], Any], n: int = 36) -> Session:
    session.train()
    for question in session.ask(n, "me"):
        session.tell(question.example.id, gold(question.example.fields), who="me")
    session.train()
    return session


@pytest.mark.parametrize("kind", CASES)
def test_a_round_of_each_task(kind: str, base: Path, tmp_path: Path) -> None:
    case, home, store = CASES[kind], Home.find(tmp_path / "home"), MemoryStore()
    encoder = str(base) if case.encoder == "base" else case.encoder
    deep = {"base": str(base), "every": 0, "epochs": 12, "learning_rate": 3e-3}
    task = task_from_json(case.task)
    create_project(
        store, Settings(name="p", task=task.to_json(), encoder=encoder, seed=1, deep=deep)
    )
    store.add("p", [Example(id=f"e{i}", fields=case.fields(i)) for i in range(N)])
    encode_project(store, home, "p")
    session = labelled(Session(store, "p", home), case.gold)
    run = run_round(session, request(session))
    assert run.state in ("promoted", "refused")
    assert run.result["n"] > 0
    assert 0.0 <= run.result["quality"]["estimate"] <= 1.0
    if run.state == "refused":  # the words alone say it all, and the tiny model is told little
        session.store.configure(session.settings.changed(deep={**deep, "judge": "none"}), 0.0)
        session.sync()
        run = run_round(session, request(session))
    assert run.state == "promoted", run.result
    assert 0.0 <= run.result["fluctuation"] <= 1.0
    session.train()
    assert session.serving.space is not None
    assert session.serving.space.caches.run == run.id
    assert session.encoded.all()
    new = [case.fields(i) for i in range(N, N + 12)]
    for row, fields in zip(session.predict(new), new, strict=True):
        assert task.validate(row["value"], fields) == row["value"]
    assert session.ask(3, "ann")
    session.export_model(tmp_path / "taken")
    taken = load_model(tmp_path / "taken").predict(new)
    assert [row["value"] for row in taken] == [row["value"] for row in session.predict(new)]


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    texts = [text_of(i) for i in range(N)] + [*WORDS]
    return small_t5(tmp_path_factory.mktemp("t5") / "base", texts)


def test_a_model_that_writes_gives_drafts_and_numbers(t5: Path, tmp_path: Path) -> None:
    home, store = Home.find(tmp_path / "home"), MemoryStore()
    deep = {"model": "seq2seq", "base": str(t5), "every": 0, "judge": "none", "candidates": 30}
    deep |= {"epochs": 3, "learning_rate": 5e-3, "max_new_tokens": 8}
    create_project(
        store,
        Settings(
            name="p",
            task=Generation().to_json(),
            encoder="tfidf",
            deep=deep,
            control=0.2,
        ),
    )
    store.add("p", [Example(id=f"e{i}", fields={"text": text_of(i)}) for i in range(N)])
    encode_project(store, home, "p")
    session = labelled(Session(store, "p", home), lambda f: [*WORDS][number(f)], 20)
    run = run_round(session, request(session))
    assert run.state == "promoted", run.result
    session.train()
    space = session.serving.space
    assert isinstance(space, WrittenSpace)
    assert len(space.answers.ids) == 30
    assert session.serving.version == 20
    row = session.pool.row_of[space.answers.ids[-1]]
    guess = session.serving.guess(session.task, row)
    assert guess is not None
    assert guess[0] == space.answers.arrays["output"][-1]
    assert 0.0 <= guess[1] <= 1.0
    silent = next(r for r in range(N) if not space.has(r))
    assert session.serving.guess(session.task, silent) is None
    assert len(session.ask(40, "ann")) == 40  # texts without a draft are asked as well
    told = session.predict(["message 7 parcel"])[0]
    assert isinstance(told["value"], str)
    session.export_model(tmp_path / "taken")
    assert load_model(tmp_path / "taken").predict(["message 7 parcel"])[0]["value"] == told["value"]
    assert roll_back(session) == ""
    session.train()
    assert not isinstance(session.serving.space, WrittenSpace)
    assert session.serving.guess(session.task, silent) is not None


def test_answers_survive_a_kill_between_two_blocks(tmp_path: Path) -> None:
    from asknext.core.predictions import Prediction
    from asknext.loop.written import read_answers, write_block

    def said(*texts: str) -> Prediction:
        output = np.array(texts, object)
        return Prediction((), {"output": output, "sequence_logprob": -np.arange(len(texts)) - 1.0})

    write_block(tmp_path, ["a", "b"], said("x", "重要 y"))
    (tmp_path / "00001.npz").write_bytes(b"half")  # killed before the texts were there
    found = read_answers(tmp_path)
    assert found.ids == ("a", "b")
    write_block(tmp_path, ["c"], said("z"))
    found = read_answers(tmp_path)
    assert found.ids == ("a", "b", "c")
    assert found.arrays["output"].tolist() == ["x", "重要 y", "z"]
    assert found.arrays["sequence_logprob"].tolist() == [-1.0, -2.0, -1.0]
    assert json.loads((tmp_path / "00000.json").read_text("utf-8"))["output"][1] == "重要 y"

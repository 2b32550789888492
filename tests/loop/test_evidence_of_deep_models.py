"""Evidence where a deep model serves: of what it speaks of alone, and of nothing it has learnt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.core.tasks import Generation
from asknext.loop import evidence, gauging, weighing
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project
from asknext.loop.session import Session
from asknext.loop.written import Answers, written_space
from asknext.store.memory import MemoryStore
from tests.loop.conftest import Loop

N = 80


def answer(example: str) -> str:
    return f"this is about {example}"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    home, store = Home.find(tmp_path_factory.mktemp("home")), MemoryStore()
    settings = Settings(name="p", task=Generation().to_json(), encoder="tfidf", control=0.5)
    create_project(store, settings.changed(strategy="random"))
    store.add("p", [Example(id=f"e{i}", fields={"text": f"message {i} there"}) for i in range(N)])
    encode_project(store, home, "p")
    made = Session(store, "p", home)
    made.train()
    for question in made.ask(60):
        made.tell(question.example.id, answer(question.example.id))
    made.train()
    return made


def test_only_what_a_model_wrote_about_is_judged(session: Session) -> None:
    control = session.control_ids()
    silent = set(control[::3])
    ids = tuple(id for id in session.pool.ids if id not in silent)
    arrays = {
        "output": np.array([answer(id) for id in ids], object),
        "sequence_logprob": np.full(len(ids), -0.1),
        "sequence_length": np.ones(len(ids)),
    }
    assert session.space is not None
    space = written_space(session.space, Answers(ids, arrays), session.pool.ids)
    labelled, _ = session.labelled()
    found = evidence.gather(session, space, labelled)
    assert found["random_answers"] == len(control) - len(silent)
    assert found["quality"]["estimate"] == 1.0, "no text is judged by what was written of another"
    assert found["weighted"] == {"estimate": None, "reason": weighing.TUNED, "n": 0}
    with pytest.raises(InvalidInput, match=f"nothing about {len(silent)} of {len(silent)}"):
        space.batch(session.pool.rows(silent))


def test_vectors_that_have_learnt_the_answers_weigh_none(session: Session) -> None:
    labelled, _ = session.labelled()
    assert session.space is not None
    assert evidence.gather(session, session.space, labelled)["weighted"]["estimate"] is not None
    session.run = "r1"
    found = evidence.gather(session, session.space, labelled)
    session.run = ""
    assert found["weighted"] == {"estimate": None, "reason": weighing.TUNED, "n": 0}


def test_vectors_that_have_learnt_the_answers_find_nothing_unseen(
    make_loop: Callable[..., Loop],
) -> None:
    loop = make_loop()
    loop.label(50)
    session = loop.session
    labelled, _ = session.labelled()
    plain = session.space
    assert plain is not None
    assert gauging.seen(session.learner, plain, labelled)
    tuned = replace(plain, caches=replace(plain.caches, run="r1"))
    assert gauging.seen(session.learner, tuned, labelled) == {}

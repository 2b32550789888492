"""A round where numbers are about two texts: the model reads them apart, as the encoder does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.core.tasks import Regression
from asknext.encoders.siamese import Siamese
from asknext.encoders.tuned import Tuned
from asknext.loop.deep.requests import plan_of, request
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project, encoder_of
from asknext.loop.projects import create_from, create_project
from asknext.loop.session import Session
from asknext.models.exported import load_model
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import WORDS

pytestmark = pytest.mark.slow

NAMES = [word for text in WORDS.values() for word in text.split()]
TASK = Regression(0.0, 4.0)


def fields(i: int) -> dict[str, Any]:
    """Two texts of four words that share 0 to 4 of them."""
    first = [NAMES[(i * step + 3) % len(NAMES)] for step in (1, 2, 5, 7)]
    second = first[: i % 5] + [NAMES[(i * 11 + j) % len(NAMES)] for j in range(4 - i % 5)]
    return {"text": " ".join(first), "text_pair": " ".join(second)}


def opened(base: Path, tmp_path: Path, **deep: Any) -> Session:
    home, store = Home.find(tmp_path / "home"), MemoryStore()
    deep = {"base": str(base), "every": 0, "judge": "none", "epochs": 2, **deep}
    create_project(
        store, Settings(name="p", task=TASK.to_json(), encoder="siamese:tfidf", seed=1, deep=deep)
    )
    store.add("p", [Example(id=f"e{i}", fields=fields(i)) for i in range(40)])
    encode_project(store, home, "p")
    session = Session(store, "p", home)
    session.train()
    for question in session.ask(30, "me"):
        session.tell(question.example.id, float(int(question.example.id[1:]) % 5), who="me")
    session.train()
    return session


def test_what_serves_compares_two_texts(base: Path, tmp_path: Path) -> None:
    session = opened(base, tmp_path)
    run = run_round(session, request(session))
    assert run.state == "promoted", run.result
    assert run.start["settings"]["pairs"] == "apart"
    encoder = encoder_of(session.store, session.home, "p", run.id)
    assert isinstance(encoder, Siamese)
    assert isinstance(encoder.inner, Tuned)
    assert encoder.dim == 3 * 32 + 1
    session.train()
    assert session.serving.space is not None
    assert session.serving.space.caches.run == run.id
    new: list[Any] = [fields(i) for i in range(40, 46)]
    session.export_model(tmp_path / "taken")
    taken = load_model(tmp_path / "taken").predict(new)
    assert [row["value"] for row in taken] == [row["value"] for row in session.predict(new)]
    # Another project starts from it and compares as well.
    create_from(
        session.store, session.home, Settings(name="q", task=TASK.to_json(), encoder="auto"), "p"
    )
    assert session.store.settings("q").encoder.startswith("siamese:tuned:")
    session.store.add("q", [Example(id="e", fields=fields(50))])
    assert encode_project(session.store, session.home, "q") == 1


def test_the_settings_may_say_otherwise(base: Path, tmp_path: Path) -> None:
    session = opened(base, tmp_path, pairs="together")
    assert plan_of(session).model_settings["pairs"] == "together"
    run = run_round(session, request(session))
    assert isinstance(encoder_of(session.store, session.home, "p", run.id), Tuned)

"""A small real project: the bundled messages, TF-IDF vectors, an in-memory store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asknext import example_data
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore

COLUMNS = {"id": "id", "text": "text", "label": "label"}


@pytest.fixture(scope="session")
def warm_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose vector cache is filled once; projects in it share the vectors."""
    home = Home.find(tmp_path_factory.mktemp("home"))
    make_project(MemoryStore(), home, "p")
    return home


def make_project(store: Store, home: Home, name: str, **settings: Any) -> None:
    task = Classification(tuple(example_data.LABELS)).to_json()
    create_project(store, Settings(name=name, task=task, encoder="tfidf", **settings))
    for file, split in (("support_messages.csv", "pool"), ("support_messages_test.csv", "test")):
        import_file(
            store, home, name, example_data.path(file), COLUMNS, label_use="gold", split=split
        )
    encode_project(store, home, name)


@dataclass
class Loop:
    """A session with its store and an oracle."""

    store: Store
    home: Home
    session: Session
    gold: dict[str, str]

    def again(self) -> Session:
        """Open the same project anew, as after a crash."""
        return Session(self.store, self.session.project, self.home)

    def label(self, n: int, who: str = "oracle") -> list[str]:
        """Ask and answer n questions truly, training after each ten."""
        done: list[str] = []
        while len(done) < n:
            questions = self.session.ask(min(10, n - len(done)), who)
            for question in questions:
                self.session.tell(question.example.id, self.gold[question.example.id], who=who)
                done.append(question.example.id)
            self.session.train()
        return done


@pytest.fixture
def make_loop(warm_home: Home) -> Callable[..., Loop]:
    """Make a fresh project over the warm vectors."""

    def make(**settings: Any) -> Loop:
        store = MemoryStore()
        make_project(store, warm_home, "p", **settings)
        rows = store.scan("p", limit=10_000)
        gold = {example.id: example.gold for _, example in rows}
        return Loop(store, warm_home, Session(store, "p", warm_home), gold)

    return make


@pytest.fixture
def loop(make_loop: Callable[..., Loop]) -> Loop:
    """A fresh project with default settings."""
    return make_loop()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a small file and give its path."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return put

"""Eight people, 400 tasks, one answer wanted each: exactly 400 answers, none given to two."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from asknext.core.events import ANSWERED, ASKED
from asknext.core.home import Home
from asknext.store.opening import open_store
from tests.server.helpers import ServerProcess, fill, gold

TASKS = 400
PEOPLE = 8


def label_all(server: ServerProcess, who: str, errors: list[BaseException]) -> None:
    """Label until nothing is left, as the app does: five at a time, the held ones named."""
    try:
        with server.client() as client:
            while questions := client.post("/api/projects/p/ask", json={"k": 5, "who": who}).json()[
                "questions"
            ]:
                for question in questions:
                    body = {
                        "example": question["id"],
                        "value": gold(question["fields"]["text"]),
                        "who": who,
                        "key": f"{who}-{question['id']}",
                    }
                    answer = client.post("/api/projects/p/answers", json=body)
                    assert answer.status_code == 201, answer.text
    except BaseException as error:
        errors.append(error)
        raise


def exactly_once(home: Home, store_url: str) -> None:
    store = open_store(store_url)
    fill(store, "p", TASKS)
    errors: list[BaseException] = []
    with ServerProcess(home.root, store_url) as server:
        people = [f"person-{i}" for i in range(PEOPLE)]
        threads = [threading.Thread(target=label_all, args=(server, who, errors)) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        assert errors == []
        with server.client() as client:
            counts = client.get("/api/projects/p/status").json()["counts"]
            left = client.post("/api/projects/p/ask", json={"who": "somebody-new"}).json()
    events = store.events("p")
    answered = [event for event in events if event.kind == ANSWERED]
    asked = Counter(event.example for event in events if event.kind == ASKED)
    store.close()
    assert len(answered) == TASKS
    assert len({event.example for event in answered}) == TASKS
    assert len({event.who for event in answered}) == PEOPLE
    assert max(asked.values()) == 1
    assert counts["answers"] == counts["labelled"] == TASKS
    assert left["questions"] == []
    assert left["remaining"] == 0


@pytest.mark.slow
def test_exactly_once_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    home = Home.find(tmp_path)
    exactly_once(home, home.store_url)


@pytest.mark.slow
@pytest.mark.postgres
def test_exactly_once_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    exactly_once(Home.find(tmp_path), postgres_url)

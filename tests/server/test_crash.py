"""Power cuts under load: no acknowledged answer is lost, none doubled, work goes on.

``ASKNEXT_CRASHES`` sets how often the server is killed.
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2
import pytest

from asknext.core.events import ANSWERED
from asknext.core.home import Home
from asknext.loop.encoding import encode_project
from asknext.store.opening import open_store
from tests.server.helpers import ServerProcess, fill, gold, wait_for

CLIENTS = 4
EXAMPLES = 6000


class Client(threading.Thread):
    """Somebody at work: every answer is sent again, under its own key, until it is acknowledged."""

    def __init__(self, who: str, address: dict[str, Any]) -> None:
        super().__init__(name=who)
        self.who = who
        self.address = address
        self.sent: dict[str, str] = {}  # key to example
        self.acknowledged: dict[str, int] = {}  # key to seq
        self.error: BaseException | None = None
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                for question in self.post("ask", {"k": 3, "who": self.who})["questions"]:
                    self.answer(question)
        except BaseException as error:
            self.error = error
            raise

    def answer(self, question: dict[str, Any]) -> None:
        key = str(uuid.uuid4())
        self.sent[key] = question["id"]
        body = {
            "example": question["id"],
            "value": gold(question["fields"]["text"]),
            "who": self.who,
            "key": key,
        }
        self.acknowledged[key] = self.post("answers", body)["event"]["seq"]

    def post(self, what: str, body: dict[str, Any]) -> Any:
        while True:
            server: ServerProcess = self.address["server"]
            try:
                with server.client() as client:
                    answer = client.post(f"/api/projects/p/{what}", json=body)
            except httpx2.TransportError:
                time.sleep(0.02)
                continue
            assert answer.status_code in (200, 201), answer.text
            return answer.json()


def total(clients: list[Client]) -> int:
    return sum(len(client.acknowledged) for client in clients)


def crash_often(home: Home, store_url: str, crashes: int) -> None:
    store = open_store(store_url)
    fill(store, "p", EXAMPLES)
    encode_project(store, home, "p")
    rng = random.Random(crashes)
    address: dict[str, Any] = {"server": ServerProcess(home.root, store_url)}
    clients = [Client(f"person-{i}", address) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for _ in range(crashes):
            before = total(clients)
            wait_for(lambda before=before: total(clients) > before)  # work goes on
            time.sleep(rng.uniform(0.0, 0.45))
            address["server"].kill()
            address["server"] = ServerProcess(home.root, store_url)
        before = total(clients)
        wait_for(lambda: total(clients) > before + CLIENTS)
    finally:
        for client in clients:
            client.stop.set()
    for client in clients:
        client.join(timeout=60)
        assert client.error is None
        assert set(client.acknowledged) == set(client.sent)
    check_model(address["server"])
    assert address["server"].stop() == 0
    check_events(store.events("p"), clients)
    store.close()


def check_model(server: ServerProcess) -> None:
    """The model has caught up with every label."""
    with server.client() as client:

        def caught_up() -> bool:
            status = client.get("/api/projects/p/status").json()
            assert status["model"]["error"] == ""
            return bool(status["model"]["version"] == status["counts"]["labelled"] > 0)

        wait_for(caught_up)


def check_events(events: list[Any], clients: list[Client]) -> None:
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    answered = [event for event in events if event.kind == ANSWERED]
    stored = {event.key: event for event in answered}
    assert len(stored) == len(answered)  # none doubled
    assert len({event.example for event in answered}) == len(answered)  # none asked of two people
    assert len(answered) == total(clients)
    for client in clients:
        for key, seq in client.acknowledged.items():
            event = stored[key]  # none lost
            assert (event.seq, event.example, event.who) == (seq, client.sent[key], client.who)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_crashes_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    home = Home.find(tmp_path)
    crash_often(home, home.store_url, int(os.environ.get("ASKNEXT_CRASHES", "10")))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(1800)
def test_crashes_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    home = Home.find(tmp_path)
    crash_often(home, postgres_url, int(os.environ.get("ASKNEXT_CRASHES", "5")))

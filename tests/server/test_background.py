"""Background work: live events, failing strategies, failing encodings, clean ends."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from asknext.core import registry
from asknext.core.home import Home
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.server.worker import Worker
from asknext.store.opening import open_store
from tests.server.helpers import ServerProcess, fill, gold, wait_for
from tests.server.moody import Moody


@pytest.fixture
def moody(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Moody]]:
    monkeypatch.setitem(registry.BUILT_IN["strategy"], "moody", "tests.server.moody:Moody")
    yield Moody
    Moody.failing = False


@pytest.fixture
def project(home: Home) -> Home:
    store = open_store(home.store_url)
    fill(store, "p", 120)
    encode_project(store, home, "p")
    store.close()
    return home


def status(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/projects/p/status").json()
    return found


def answer_some(client: Any, n: int, who: str = "me") -> None:
    for question in client.post("/api/projects/p/ask", json={"k": n, "who": who}).json()[
        "questions"
    ]:
        body = {"example": question["id"], "value": gold(question["fields"]["text"]), "who": who}
        assert client.post("/api/projects/p/answers", json=body).status_code == 201


def test_an_error_in_training_shows_and_the_last_model_serves_on(
    moody: type[Moody], project: Home, client: TestClient
) -> None:
    assert client.patch("/api/projects/p", json={"strategy": "moody"}).status_code == 200
    answer_some(client, 10)
    wait_for(lambda: status(client)["model"]["version"] == 10)
    moody.failing = True
    answer_some(client, 10)
    wait_for(lambda: status(client)["model"]["state"] == "error")
    failed = status(client)
    assert failed["model"]["error"] == "moody today"
    assert failed["model"]["version"] == 10
    assert failed["counts"]["labelled"] == 20
    answer_some(client, 5)  # labelling goes on
    predicted = client.post("/api/projects/p/predict", json={"texts": ["message"]}).json()
    assert predicted["model"] == 10
    moody.failing = False
    wait_for(lambda: status(client)["model"]["state"] == "ready")
    healed = status(client)["model"]
    assert (healed["version"], healed["error"]) == (25, "")


def test_an_encoding_that_cannot_work_shows_and_labelling_goes_on(client: TestClient) -> None:
    token = client.post(
        "/api/uploads", files={"file": ("t.txt", b"one text\nanother text\na third\n")}
    ).json()["upload"]
    body = {
        "name": "p",
        "labels": ["delivery", "billing", "text", "third"],
        "upload": token,
        "encoder": "/no/such/folder",
    }
    assert client.post("/api/projects", json=body).status_code == 201
    wait_for(lambda: status(client)["encoding"]["state"] == "error")
    assert "/no/such/folder" in status(client)["encoding"]["error"]
    questions = client.post("/api/projects/p/ask", json={"k": 5}).json()["questions"]
    assert len(questions) == 3
    tell = {"example": questions[0]["id"], "value": "third"}
    assert client.post("/api/projects/p/answers", json=tell).status_code == 201


def test_what_another_process_writes_is_learnt(project: Home, client: TestClient) -> None:
    assert status(client)["counts"]["answers"] == 0
    store = open_store(project.store_url)
    elsewhere = Session(store, "p", project)
    for question in elsewhere.ask(6, "terminal"):
        elsewhere.tell(question.example.id, gold(question.example.text), who="terminal")
    store.close()
    wait_for(lambda: status(client)["model"]["version"] == 6)


def test_a_burst_of_answers_makes_few_trainings(project: Home, client: TestClient) -> None:
    answer_some(client, 60)
    wait_for(lambda: status(client)["model"]["version"] == 60)
    # Whatever the order, the newest answers have won.
    assert status(client)["model"]["answers"] == 60


def test_a_worker_ends_when_its_project_is_gone(project: Home) -> None:
    store = open_store(project.store_url)
    gone = threading.Event()
    worker = Worker(
        Session(store, "p", project), changed=lambda: None, encode=lambda: None, gone=gone.set
    )
    worker.start()
    store.delete("p")
    worker.notify()
    assert gone.wait(20)
    worker.stop()
    store.close()


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Read server-sent events."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            assert name == "status"
            yield json.loads(line.removeprefix("data: "))


@pytest.fixture
def server(project: Home) -> Iterator[ServerProcess]:
    with ServerProcess(project.root) as server:
        yield server


@pytest.mark.slow
def test_live_events_come_at_once_and_at_each_change(server: ServerProcess) -> None:
    with server.client() as client, client.stream("GET", "/api/projects/p/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        found = events(stream.iter_lines())
        first = next(found)
        assert first["counts"]["answers"] == 0
        assert set(first) >= {*("model", "encoding", "counts", "queue", "quality", "stop", "deep")}
        with server.client() as other:
            answer_some(other, 8)
        seen = next(each for each in found if each["model"]["version"] == 8)
        assert seen["counts"]["labelled"] == 8


@pytest.mark.slow
def test_a_watcher_does_not_hold_up_the_end(server: ServerProcess) -> None:
    with server.client() as client, client.stream("GET", "/api/projects/p/live") as stream:
        next(events(stream.iter_lines()))
        assert server.stop() == 0


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task")
    if not path.exists():
        pytest.skip("there is no /proc on this system")
    found = [each.read_text().split() for each in path.glob("*/children")]
    return [int(child) for part in found for child in part]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
def test_the_encoder_dies_with_a_killed_server_and_is_started_again(home: Home) -> None:
    store = open_store(home.store_url)
    fill(store, "p", 30_000)
    store.close()
    server = ServerProcess(home.root)
    with server.client() as client:
        client.get("/api/projects")
    (child,) = wait_for(lambda: children(server.process.pid))
    wait_for(lambda: os.getpriority(os.PRIO_PROCESS, child) >= 10)
    server.kill()
    wait_for(lambda: not alive(child), seconds=20)
    with ServerProcess(home.root) as again, again.client() as client:
        done = wait_for(
            lambda: status(client)["encoding"]["state"] == "done" and status(client), seconds=240
        )
        assert done["counts"]["encoded"] == 30_000


@pytest.mark.slow
def test_the_server_starts_light(server: ServerProcess) -> None:
    """No torch, no transformers, no datasets, no Plotly: seen in what the process has mapped."""
    with server.client() as client:
        assert client.get("/api/projects/p/status").status_code == 200
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("there is no /proc on this system")
    for heavy in ("libtorch", "tokenizers", "libarrow", "pandas"):
        assert heavy not in maps.read_text()


@pytest.mark.slow
def test_a_terminated_server_ends_cleanly(server: ServerProcess) -> None:
    with server.client() as client:
        answer_some(client, 3)
    assert server.stop(signal.SIGINT) == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{server.base}/api/health")

"""A file decides what is asked, and what is said goes before it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server.helpers import failure

FILES: dict[str, list[dict[str, Any]]] = {
    "multi_label": [{"text": f"text {i}", "labels": ["b", "a"][: i % 3]} for i in range(9)],
    "regression": [{"text": f"text {i}", "score": 1 + i / 2.5} for i in range(9)],
    "preference": [
        {"prompt": f"p{i}", "chosen": f"yes, {i}", "rejected": f"no, {i}"} for i in range(9)
    ],
}
WANTED: dict[str, dict[str, Any]] = {
    "multi_label": {"kind": "choices", "labels": ["a", "b"]},
    "regression": {"kind": "number", "low": 1.0, "high": 5.0, "step": 0.04},
    "preference": {"kind": "pair", "what": ""},
}


def send(client: TestClient, kind: str) -> dict[str, Any]:
    data = "\n".join(map(json.dumps, FILES[kind])).encode()
    answer = client.post("/api/uploads", files={"file": (f"{kind}.jsonl", data)})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("kind", FILES)
def test_an_upload_says_what_it_seems_to_be_for(client: TestClient, kind: str) -> None:
    found = send(client, kind)
    assert found["task"] == kind
    assert "holds" in found["why"]


@pytest.mark.parametrize("say", [{}, {"task": True}, {"task": True, "mapping": True}])
@pytest.mark.parametrize("kind", FILES)
def test_a_project_is_made_of_it(client: TestClient, kind: str, say: dict[str, bool]) -> None:
    upload = send(client, kind)
    body: dict[str, Any] = {"name": "p", "upload": upload["upload"], "encoder": "tfidf"}
    body |= {"task": {"kind": kind}} if "task" in say else {}
    body |= {"mapping": upload["guess"]} if "mapping" in say else {}
    answer = client.post("/api/projects", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["form"] == WANTED[kind]
    assert made["report"]["seeded"] == 9


def test_what_is_said_goes_first(client: TestClient) -> None:
    upload = send(client, "regression")["upload"]
    task = {"kind": "regression", "low": 0, "high": 10, "step": 1}
    body = {"name": "p", "upload": upload, "task": task, "encoder": "tfidf"}
    assert client.post("/api/projects", json=body).json()["form"]["high"] == 10.0


@pytest.mark.parametrize(
    ("task", "part"),
    [
        ({"kind": "poetry"}, "poetry"),
        ({"kind": "regression", "low": "x", "high": 2}, "cannot be made"),
        ({"kind": "preference"}, "map the columns that hold a, b"),
        ({"kind": "tagging"}, "needs labels"),
    ],
)
def test_a_task_that_does_not_fit_is_refused_and_nothing_stays(
    client: TestClient, task: dict[str, Any], part: str
) -> None:
    upload = send(client, "regression")["upload"]
    mapping = {"text": "text"}
    body = {"name": "p", "upload": upload, "task": task, "mapping": mapping, "encoder": "tfidf"}
    assert part in failure(client.post("/api/projects", json=body), 422)["message"]
    assert client.get("/api/projects").json()["projects"] == []

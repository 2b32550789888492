"""Lists of errors through the REST API: made, sent to the queue, asked first."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.testclient import TestClient

from asknext.core import registry
from asknext.loop.encoding import encode_project
from asknext.server.engine import Engine
from tests.server.helpers import LABELS, failure, fill, gold

AT = "/api/projects/mail/errors"


def answered(app: FastAPI, client: TestClient, n: int) -> list[str]:
    """Answer n questions, each ninth wrong."""
    engine: Engine = app.state.engine
    fill(engine.store, "mail", 120)
    encode_project(engine.store, engine.home, "mail")
    asked = client.post("/api/projects/mail/ask", json={"k": n}).json()["questions"]
    for number, question in enumerate(asked):
        label = gold(question["fields"]["text"])
        if number % 9 == 0:
            label = next(other for other in LABELS if other != label)
        body = {"example": question["id"], "value": label}
        assert client.post("/api/projects/mail/answers", json=body).status_code == 201
    return [question["id"] for question in asked]


def test_lists_are_made_and_asked_first(app: FastAPI, client: TestClient) -> None:
    done = answered(app, client, 45)
    found = client.get(AT).json()
    assert [each["kind"] for each in found["lists"]] == list(registry.BUILT_IN["error_list"])
    assert found["labelled"] == 45
    one = client.get(AT, params={"kind": ["worst"]}).json()["lists"]
    assert [each["kind"] for each in one] == ["worst"]
    planted = set(done[::9])
    assert planted <= {item["id"] for item in one[0]["items"]}
    names = [item["name"] for item in one[0]["items"] if item["name"] in planted]
    body = {"kind": "worst", "names": names, "k": 3, "key": "once"}
    sent = client.post(f"{AT}/ask", json=body).json()
    assert client.post(f"{AT}/ask", json=body).json() == sent, "a retry is harmless"
    assert sent == {"kind": "worst", "wanted": names[:3]}
    asked = client.post("/api/projects/mail/ask", json={"k": 4}).json()["questions"]
    assert [question["id"] for question in asked[:3]] == names[:3]
    assert asked[3]["id"] not in done


def test_what_is_not_there_is_refused(app: FastAPI, client: TestClient) -> None:
    answered(app, client, 12)
    assert "no error list" in failure(client.get(AT, params={"kind": "magic"}), 404)["message"]
    body = {"kind": "worst", "names": ["nothing"]}
    assert "no item 'nothing'" in failure(client.post(f"{AT}/ask", json=body), 404)["message"]
    failure(client.post(f"{AT}/ask", json={"kind": "worst", "k": 0}), 422)
    failure(client.get("/api/projects/none/errors"), 404)

"""Evidence and lists of errors through the REST API: made aside, answered at once, asked first."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from asknext.core import registry
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.server import findings
from asknext.server.engine import Engine
from asknext.server.findings import EVIDENCE, Kind
from tests.server.helpers import LABELS, failure, fill, gold, wait_for

MAIL = "/api/projects/mail"
ERRORS = f"{MAIL}/errors"


def answer(client: TestClient, n: int, wrong: int = 0) -> list[str]:
    """Answer n questions, each `wrong`-th wrong."""
    asked = client.post(f"{MAIL}/ask", json={"k": n}).json()["questions"]
    for number, question in enumerate(asked):
        label = gold(question["fields"]["text"])
        if wrong and number % wrong == 0:
            label = next(other for other in LABELS if other != label)
        body = {"example": question["id"], "value": label}
        assert client.post(f"{MAIL}/answers", json=body).status_code == 201
    return [question["id"] for question in asked]


def make(app: FastAPI, **settings: Any) -> Engine:
    engine: Engine = app.state.engine
    fill(engine.store, "mail", 120, **settings)
    encode_project(engine.store, engine.home, "mail")
    return engine


def finished(client: TestClient, path: str, of: int) -> Any:
    """Look until a finding of so many answers is there; return it."""

    def look() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(path).json()
        assert found["error"] == ""
        return found if (found["state"], found["of"]) == ("ready", of) else None

    return wait_for(look)["found"]


def test_lists_are_made_and_asked_first(app: FastAPI, client: TestClient) -> None:
    make(app)
    done = answer(client, 45, wrong=9)
    found = finished(client, ERRORS, 45)
    assert [each["kind"] for each in found["lists"]] == list(registry.BUILT_IN["error_list"])
    assert found["labelled"] == 45
    one = client.get(ERRORS, params={"kind": ["worst"]}).json()["found"]["lists"]
    assert [each["kind"] for each in one] == ["worst"]
    planted = set(done[::9])
    assert planted <= {item["id"] for item in one[0]["items"]}
    names = [item["name"] for item in one[0]["items"] if item["name"] in planted]
    body = {"kind": "worst", "names": names, "k": 3, "key": "once"}
    sent = client.post(f"{ERRORS}/ask", json=body).json()
    assert client.post(f"{ERRORS}/ask", json=body).json() == sent, "a retry is harmless"
    assert sent == {"kind": "worst", "wanted": names[:3]}
    asked = client.post(f"{MAIL}/ask", json={"k": 4}).json()["questions"]
    assert [question["id"] for question in asked[:3]] == names[:3]
    assert asked[3]["id"] not in done


def test_what_is_not_there_is_refused(app: FastAPI, client: TestClient) -> None:
    make(app)
    answer(client, 12)
    assert "no error list" in failure(client.get(ERRORS, params={"kind": "magic"}), 404)["message"]
    body = {"kind": "worst", "names": ["nothing"]}
    assert "no item 'nothing'" in failure(client.post(f"{ERRORS}/ask", json=body), 404)["message"]
    failure(client.post(f"{ERRORS}/ask", json={"kind": "worst", "k": 0}), 422)
    for path in ("errors", "evidence"):
        failure(client.get(f"/api/projects/none/{path}"), 404)


def test_evidence_is_worked_out_and_kept(app: FastAPI, client: TestClient) -> None:
    make(app, control=0.4)
    answer(client, 50)
    found = finished(client, f"{MAIL}/evidence", 50)
    assert found["quality"]["n"] == found["random_answers"] >= 10
    assert client.get(f"{MAIL}/report").json()["evidence"] == found


def test_without_answers_it_says_what_it_needs(app: FastAPI, client: TestClient) -> None:
    make(app)
    assert finished(client, f"{MAIL}/evidence", 0) is None
    assert finished(client, ERRORS, 0)["lists"][0]["items"] == []
    answer(client, 8)
    found = finished(client, f"{MAIL}/evidence", 8)
    assert found["reason"]
    assert found["needs"] == {
        "answers": 20,
        "random_answers": 10,
        "random_answers_for_saving": 18,
    }


def test_nobody_waits_while_evidence_is_worked_out(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers are taken, learnt from and followed by new questions; the last finding is shown."""
    begun, free, made = threading.Event(), threading.Event(), []

    def slowly(session: Session) -> dict[str, Any]:
        made.append(len(session.state.labels))
        begun.set()
        assert free.wait(30)
        return {"answers": made[-1]}

    kept = Kind(slowly, "answers", lambda session: {"answers": 1})
    monkeypatch.setattr(findings, "KINDS", {EVIDENCE: kept})
    engine = make(app)
    answer(client, 10)
    wait_for(lambda: engine.session("mail").serving.version == 10)
    first = client.get(f"{MAIL}/evidence").json()
    assert first == {"state": "working", "of": 1, "error": "", "found": {"answers": 1}}
    assert begun.wait(30)
    answer(client, 5)
    wait_for(lambda: client.get(f"{MAIL}/status").json()["model"]["version"] == 15)
    for _ in range(3):
        assert client.get(f"{MAIL}/evidence").json() == first
    free.set()
    assert finished(client, f"{MAIL}/evidence", 15) == {"answers": 15}
    assert made == [10, 15], "once for each state, however many look"


def test_a_failure_shows_and_the_last_finding_stays(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def falls(session: Session) -> dict[str, Any]:
        tries.append(len(session.state.labels))
        if tries == [10]:
            raise ValueError("no such luck")
        return {"answers": tries[-1]}

    kept = Kind(falls, "answers", lambda session: {"answers": 1})
    monkeypatch.setattr(findings, "KINDS", {EVIDENCE: kept})
    make(app)
    answer(client, 10)
    found = wait_for(
        lambda: (
            found if (found := client.get(f"{MAIL}/evidence").json())["state"] == "failed" else None
        )
    )
    assert (found["error"], found["found"]) == ("no such luck", {"answers": 1})
    assert client.get(f"{MAIL}/evidence").json() == found, "not tried again at once"
    monkeypatch.setattr(findings, "REST", 0.0)
    wait_for(lambda: client.get(f"{MAIL}/evidence").json()["state"] == "ready")
    assert tries == [10, 10]


def test_the_list_before_the_eyes_is_asked(app: FastAPI, client: TestClient) -> None:
    """Answers since then change the lists; what is asked is what was shown."""
    engine = make(app)
    done = answer(client, 45, wrong=9)
    shown = finished(client, ERRORS, 45)["lists"]
    worst = next(each for each in shown if each["kind"] == "worst")["items"]
    name = next(item["name"] for item in worst if item["name"] in done[::9])
    text = engine.session("mail").example(name)["example"]["fields"]["text"]
    client.post(f"{MAIL}/answers", json={"example": name, "value": gold(text)})
    sent = client.post(f"{ERRORS}/ask", json={"kind": "worst", "names": [name]})
    assert sent.json() == {"kind": "worst", "wanted": [name]}


def test_a_project_made_anew_knows_nothing_of_the_old_one(app: FastAPI, client: TestClient) -> None:
    make(app)
    answer(client, 12)
    assert finished(client, ERRORS, 12)["labelled"] == 12
    assert client.delete(MAIL).status_code == 200
    failure(client.get(ERRORS), 404)
    make(app)
    assert finished(client, ERRORS, 0)["labelled"] == 0


def test_questions_at_random_are_asked_at_once(app: FastAPI, client: TestClient) -> None:
    make(app, control=0.5)
    answer(client, 20)
    body = {"k": 6, "who": "boss", "key": "one"}
    found = client.post(f"{MAIL}/audit", json=body).json()
    assert len(found["wanted"]) == 6
    assert client.post(f"{MAIL}/audit", json=body).json() == found
    asked = client.post(f"{MAIL}/ask", json={"k": 6, "who": "ann"}).json()["questions"]
    assert [question["id"] for question in asked] == found["wanted"]
    assert {question["suggestion"] for question in asked} == {None}
    wrong = client.post(f"{MAIL}/audit", json={"half": 0.7})
    assert wrong.status_code == 422
    everything = client.post(f"{MAIL}/audit", json={"k": 1000}).json()
    assert everything["left"] == 0
    assert failure(client.post(f"{MAIL}/audit", json={"k": 1}), 409)

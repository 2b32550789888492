"""The main job through the REST API alone: upload, label by an oracle, measure, take away."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from scipy.stats import spearmanr
from starlette.testclient import TestClient

from asknext import example_data
from asknext.core.home import Home
from asknext.server.app import create_app
from tests.server.conftest import SECRET, make_client
from tests.server.helpers import failure, wait_for
from tests.server.reading import READERS

ROWS = 400
MESSAGES = example_data.path("support_messages.csv").read_text(encoding="utf-8")


def head(text: str, rows: int) -> str:
    """The first rows of a CSV file, which may hold line breaks."""
    out = io.StringIO()
    writer = csv.writer(out)
    for number, row in enumerate(csv.reader(io.StringIO(text))):
        if number > rows:
            break
        writer.writerow(row)
    return out.getvalue()


FILE = head(MESSAGES, ROWS)
GOLD = {row["id"]: row["label"] for row in csv.DictReader(io.StringIO(FILE))}
TEXTS = {row["id"]: row["text"] for row in csv.DictReader(io.StringIO(FILE))}
MAPPING = {"id": "id", "text": "text", "label": "label"}


def upload(client: TestClient, text: str = FILE, name: str = "mail.csv") -> str:
    answer = client.post("/api/uploads", files={"file": (name, text.encode())})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["upload"]
    return token


def make(client: TestClient, name: str = "mail", **body: Any) -> dict[str, Any]:
    body = {
        "name": name,
        "upload": upload(client),
        "mapping": MAPPING,
        "label_use": "gold",
        "encoder": "tfidf",
        **body,
    }
    answer = client.post("/api/projects", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def ask(client: TestClient, k: int = 5, who: str = "me", **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/projects/mail/ask", json={"k": k, "who": who, **more})
    assert answer.status_code == 200, answer.text
    questions: list[dict[str, Any]] = answer.json()["questions"]
    return questions


def tell(client: TestClient, example: str, who: str = "me", **more: Any) -> Any:
    body = {"example": example, "value": GOLD[example], "who": who, **more}
    return client.post("/api/projects/mail/answers", json=body)


def status(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/projects/mail/status").json()
    return found


def caught_up(client: TestClient) -> dict[str, Any]:
    """Wait until every vector and every label is in the model."""

    def ready() -> dict[str, Any] | None:
        now = status(client)
        assert now["model"]["error"] == now["encoding"]["error"] == ""
        done = now["encoding"]["state"] == "done" and now["counts"]["encoded"] == ROWS
        idle = now["model"]["state"] in ("ready", "none")
        return now if done and idle and behind(now) == 0 else None

    found: dict[str, Any] = wait_for(ready, seconds=120)
    return found


def behind(now: dict[str, Any]) -> int:
    return int(now["counts"]["labelled"] - now["model"]["version"])


def label(client: TestClient, n: int, who: str = "me") -> list[str]:
    """Answer n questions truly, by way of what the server asks."""
    done: list[str] = []
    while len(done) < n:
        for question in ask(client, min(5, n - len(done)), who):
            assert tell(client, question["id"], who).status_code == 201
            done.append(question["id"])
    return done


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ASKNEXT_STORE", raising=False)
        yield


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, quiet: None) -> Iterator[TestClient]:
    """One server for all tests of this file that start from an empty one."""
    home = Home.find(tmp_path_factory.mktemp("service"))
    with make_client(create_app(home, secret=SECRET)) as client:
        yield client


@pytest.fixture
def client(service: TestClient) -> Iterator[TestClient]:
    yield service
    for project in service.get("/api/projects").json()["projects"]:
        service.delete(f"/api/projects/{project['name']}")


@pytest.fixture
def app(service: TestClient) -> FastAPI:
    return service.app


@pytest.fixture
def mail(client: TestClient) -> TestClient:
    make(client)
    return client


@pytest.fixture(scope="module")
def labelled_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.find(tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="module")
def labelled(labelled_home: Home, quiet: None) -> Iterator[TestClient]:
    """A server with 60 labels, for tests that add none."""
    with make_client(create_app(labelled_home, secret=SECRET)) as client:
        make(client)
        caught_up(client)
        label(client, 60)
        caught_up(client)
        yield client


def test_a_project_is_made_of_an_upload(client: TestClient) -> None:
    made = make(client, title="Support mail")
    assert made["settings"]["title"] == "Support mail"
    assert made["form"] == {"kind": "choice", "labels": sorted(set(GOLD.values()))}
    assert made["counts"]["examples"] == made["report"]["new"] == ROWS
    assert made["report"]["seeded"] == made["counts"]["answers"] == 0
    card = client.get("/api/projects").json()["projects"]
    assert [(each["name"], each["examples"], each["encoder"]) for each in card] == [
        ("mail", ROWS, "tfidf")
    ]
    assert client.get("/api/projects/mail").json()["counts"] == made["counts"]


def test_known_labels_can_seed_the_project(client: TestClient) -> None:
    made = make(client, label_use="seed")
    assert made["report"]["seeded"] == ROWS
    assert made["counts"]["labelled"] == ROWS - made["report"]["copies"]


def test_the_gold_label_is_never_shown(mail: TestClient) -> None:
    for question in ask(mail, 20):
        assert question["fields"] == {"text": TEXTS[question["id"]]}
        assert "label" not in question["meta"]
        assert not {"arm", "gold", "probability"} & set(question)
        shown = mail.get(f"/api/projects/mail/examples/{question['id']}").json()
        assert "gold" not in json.dumps(shown)
        assert shown["label"] is None


def test_labels_that_are_missing_are_asked_for(client: TestClient) -> None:
    body = {"name": "mail", "upload": upload(client), "mapping": {"text": "text"}}
    assert "labels" in failure(client.post("/api/projects", json=body), 422)["message"]
    assert client.get("/api/projects").json()["projects"] == []


def test_a_name_is_taken_once(client: TestClient) -> None:
    make(client)
    body = {"name": "mail", "labels": ["a", "b"]}
    assert failure(client.post("/api/projects", json=body), 409)["code"] == "already_exists"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "no spaces"},
        {"strategy": "magic"},
        {"labels": ["a", "a"]},
        {"labels": ["only"]},
        {"control": 2},
        {"wanted": 0},
        {"stop": {"never": {}}},
        {"stop": {"budget": {"no_such_argument": 1}}},
        {"task": {"kind": "poetry"}},
        {"encoder": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_settings_that_cannot_work_are_refused(client: TestClient, change: dict[str, Any]) -> None:
    body = {"name": "mail", "labels": ["a", "b"], **change}
    assert failure(client.post("/api/projects", json=body), 422)
    assert client.get("/api/projects").json()["projects"] == []


def test_bad_rows_are_listed_and_nothing_is_kept(client: TestClient) -> None:
    token = upload(client, "text,label\ngood one,a\n,b\nalso good,b\n", "few.csv")
    body = {"name": "few", "labels": ["a", "b"], "upload": token, "mapping": {"text": "text"}}
    found = failure(client.post("/api/projects", json=body), 422)
    assert found["code"] == "bad_rows"
    assert [(row["file"], row["column"]) for row in found["details"]] == [("few.csv", "text")]
    assert client.get("/api/projects").json()["projects"] == []
    made = client.post("/api/projects", json={**body, "skip_bad": True}).json()
    assert (made["report"]["new"], made["report"]["skipped"]) == (2, 1)
    assert made["report"]["bad_rows"] == found["details"]


def test_more_can_be_brought_in(mail: TestClient) -> None:
    extra = head(MESSAGES, 1) + "new-1,a text nobody has seen before,refund,en,app,\n"
    body = {"upload": upload(mail, extra), "mapping": {"id": "id", "text": "text"}}
    report = mail.post("/api/projects/mail/import", json=body).json()
    assert (report["new"], report["known"]) == (1, 1)
    assert mail.get("/api/projects/mail").json()["counts"]["examples"] == ROWS + 1


def test_settings_change_and_labels_only_grow(mail: TestClient) -> None:
    before = mail.get("/api/projects/mail").json()["settings"]
    changes = {"title": "New", "labels": ["praise"], "strategy": "margin", "suggest": False}
    after = mail.patch("/api/projects/mail", json=changes).json()["settings"]
    assert after["task"]["labels"] == [*before["task"]["labels"], "praise"]
    assert (after["title"], after["strategy"], after["suggest"]) == ("New", "margin", False)
    assert after["seed"] == before["seed"]
    assert failure(mail.patch("/api/projects/mail", json={"strategy": "magic"}), 422)
    assert failure(mail.patch("/api/projects/mail", json={"seed": 3}), 422)


def test_a_deleted_project_is_gone(mail: TestClient, app: FastAPI) -> None:
    root = app.state.engine.home.root
    assert mail.delete("/api/projects/mail").json() == {}
    assert failure(mail.get("/api/projects/mail/status"), 404)
    assert failure(mail.delete("/api/projects/mail"), 404)
    assert not (root / "projects" / "mail").exists()


def test_asking_twice_is_harmless(mail: TestClient) -> None:
    first = ask(mail, 5)
    assert [question["id"] for question in ask(mail, 5)] == [question["id"] for question in first]
    held = [question["id"] for question in first]
    more = ask(mail, 5, holding=held)
    assert not set(held) & {question["id"] for question in more}


def test_two_people_never_get_the_same_question(mail: TestClient) -> None:
    one = {question["id"] for question in ask(mail, 50, "ann")}
    two = {question["id"] for question in ask(mail, 50, "bo")}
    assert len(one) == len(two) == 50
    assert not one & two


def test_released_questions_go_to_others(mail: TestClient) -> None:
    everything = [question["id"] for question in ask(mail, 100, "ann")]
    for _ in range(ROWS // 100):
        everything += [q["id"] for q in ask(mail, 100, "ann", holding=everything)]
    assert ask(mail, 5, "bo") == []
    body = {"who": "ann", "examples": everything[:3]}
    assert mail.post("/api/projects/mail/release", json=body).json() == {}
    assert {question["id"] for question in ask(mail, 5, "bo")} == set(everything[:3])


@pytest.mark.parametrize("by", ["body", "header"])
def test_the_same_answer_twice_is_stored_once(mail: TestClient, by: str) -> None:
    example = ask(mail, 1)[0]["id"]
    body = {"example": example, "value": GOLD[example]}
    headers = {}
    if by == "body":
        body["key"] = "k-1"
    else:
        headers["Idempotency-Key"] = "k-1"
    first = mail.post("/api/projects/mail/answers", json=body, headers=headers)
    again = mail.post("/api/projects/mail/answers", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["fresh"], again.json()["fresh"]) == (True, False)
    assert first.json()["event"] == again.json()["event"]
    assert "arm" not in first.json()["event"]["data"]
    assert status(mail)["counts"]["answers"] == 1


def test_every_answer_knows_why_it_was_asked(client: TestClient, app: FastAPI) -> None:
    """Also the first one after an `ask`; the measured quality rests on it."""
    make(client, control=0.5)
    for _ in range(12):
        (question,) = ask(client, 1)
        tell(client, question["id"])
    events = app.state.engine.store.events("mail")
    asked = {event.example: event.data["arm"] for event in events if event.kind == "asked"}
    said = {event.example: event.data["arm"] for event in events if event.kind == "answered"}
    assert said == asked
    assert set(said.values()) == {"strategy", "control"}


def test_an_answer_can_be_taken_back_and_given_again(mail: TestClient) -> None:
    example = ask(mail, 1)[0]["id"]
    tell(mail, example)
    assert status(mail)["counts"]["labelled"] == 1
    body = {"example": example, "key": "back"}
    told = mail.post("/api/projects/mail/retract", json=body).json()
    assert (told["fresh"], told["event"]["kind"]) == (True, "retracted")
    assert mail.post("/api/projects/mail/retract", json=body).json()["fresh"] is False
    assert status(mail)["counts"]["labelled"] == 0
    assert example in {question["id"] for question in ask(mail, 5)}  # held for the same person
    assert tell(mail, example, value="other").status_code in (201, 422)
    assert tell(mail, example).status_code == 201


def test_answers_the_task_does_not_allow_are_refused(mail: TestClient) -> None:
    example = ask(mail, 1)[0]["id"]
    found = failure(tell(mail, example, value="no such label"), 422)
    assert found["code"] == "invalid_answer"
    assert "no such label" in found["message"]
    assert failure(tell(mail, example, action="shrug"), 422)
    assert failure(tell(mail, example, who=""), 422)
    assert failure(tell(mail, example, seconds=-1), 422)
    unknown = {"example": "nobody", "value": "refund"}
    assert failure(mail.post("/api/projects/mail/answers", json=unknown), 404)
    assert status(mail)["counts"]["answers"] == 0


def test_skips_flags_and_notes_are_kept(mail: TestClient) -> None:
    skipped, flagged = (question["id"] for question in ask(mail, 2))
    assert tell(mail, skipped, action="skip", value=None).status_code == 201
    assert tell(mail, flagged, action="flag", value=None, note="坏了 <b>").status_code == 201
    counts = status(mail)["counts"]
    assert (counts["skipped"], counts["flagged"], counts["labelled"]) == (1, 1, 0)
    past = mail.get("/api/projects/mail/history", params={"limit": 5}).json()["answers"]
    assert [(each["example"], each["action"], each["note"]) for each in past] == [
        (flagged, "flag", "坏了 <b>"),
        (skipped, "skip", ""),
    ]
    assert mail.get("/api/projects/mail/history?who=somebody").json() == {"answers": []}


def test_status_report_and_figures_tell_one_story(labelled: TestClient) -> None:
    now = status(labelled)
    assert now["model"]["version"] == now["counts"]["labelled"] == 60
    assert now["model"]["age_seconds"] >= 0
    assert now["queue"]["ready"] > 0
    assert now["encoding"]["done"] == now["encoding"]["total"] == ROWS
    assert {verdict["rule"] for verdict in now["stop"]} == {"budget", "target", "stable"}
    report = labelled.get("/api/projects/mail/report").json()
    assert report["counts"]["answers"] == 60
    assert sum(each["count"] for each in report["classes"]) == 60
    assert [(each["who"], each["answers"]) for each in report["annotators"]] == [("me", 60)]
    assert report["duplicates"] == {
        "copies": now["counts"]["copies"],
        "near": now["counts"]["near"],
    }
    for name in ("learning-curve", "class-balance", "answers-per-hour"):
        for lang in ("en", "zh"):
            address = f"/api/projects/mail/figures/{name}?lang={lang}"
            figure = labelled.get(address).json()
            assert set(figure) == {"data", "layout"}
    bars = labelled.get("/api/projects/mail/figures/class-balance").json()["data"]
    assert bars
    assert failure(labelled.get("/api/projects/mail/figures/secrets"), 422)


def test_why_explains_and_keeps_control_questions_blind(labelled: TestClient) -> None:
    session = labelled.app.state.engine.session("mail")
    held = ask(labelled, 40)
    session.sync()
    arms = {q["id"]: session.state.arm(q["id"], "me") for q in held}
    assert set(arms.values()) == {"strategy", "control"}
    for example, arm in arms.items():
        why = labelled.get(f"/api/projects/mail/examples/{example}/why").json()
        assert (why["prediction"] is None) == (arm == "control")
        assert all(each["label"] == GOLD[each["id"]] for each in why["neighbours"])
        similar = [each["similarity"] for each in why["neighbours"]]
        assert similar == sorted(similar, reverse=True)
        if why["prediction"]:
            assert sum(each["probability"] for each in why["prediction"]) == pytest.approx(1)


@pytest.mark.slow
def test_the_queue_follows_the_model(client: TestClient, app: FastAPI) -> None:
    """After training the order changes, and it is the order of the model's margin."""
    make(client, strategy="margin", control=0.0)
    caught_up(client)
    label(client, 40)
    caught_up(client)
    first, first_margin = queue_and_margin(app, client)
    assert spearmanr(range(len(first)), first_margin).statistic > 0.95
    label(client, 30)
    caught_up(client)
    second, second_margin = queue_and_margin(app, client)
    assert spearmanr(range(len(second)), second_margin).statistic > 0.95
    both = [example for example in first if example in second]
    order = [second.index(example) for example in both]
    assert order != sorted(order)
    # The old order is not the new model's: it really was ranked again.
    new = dict(zip(second, second_margin, strict=True))
    stale = spearmanr(range(len(both)), [new[example] for example in both]).statistic
    assert stale < 0.95


def queue_and_margin(app: FastAPI, client: TestClient) -> tuple[list[str], list[float]]:
    """What is asked next, in order, and the model's margin computed anew from the vectors."""
    session = app.state.engine.session("mail")
    asked = [question["id"] for question in ask(client, 100, "watcher")]
    client.post("/api/projects/mail/release", json={"who": "watcher", "examples": asked})
    rows = np.array([session.pool.row_of[example] for example in asked])
    proba = session.serving.model.predict(session.space.batch(rows)).proba
    best = np.sort(proba, axis=1)
    return asked, list(best[:, -1] - best[:, -2])


@pytest.mark.parametrize("format", ["csv", "jsonl", "label-studio", "parquet", "datasets"])
def test_labels_can_be_taken_away(labelled: TestClient, format: str, tmp_path: Path) -> None:
    answer = labelled.get("/api/projects/mail/export/labels", params={"format": format})
    assert answer.status_code == 200, answer.text
    assert "mail-labels" in answer.headers["content-disposition"]
    found = READERS[format](answer.content, tmp_path)
    assert len(found) == ROWS
    given = {example: label for example, label in found.items() if label}
    assert len(given) >= 60
    assert given.items() <= GOLD.items()


def test_an_unknown_format_is_refused(labelled: TestClient) -> None:
    answer = labelled.get("/api/projects/mail/export/labels?format=xls")
    assert failure(answer, 422)["details"][0]["field"] == "query.format"


def test_the_model_taken_away_predicts_like_the_live_one(
    labelled: TestClient, tmp_path: Path
) -> None:
    texts = [TEXTS[example] for example in list(TEXTS)[:50]]
    live = labelled.post("/api/projects/mail/predict", json={"texts": texts}).json()
    assert live["model"] == 60
    answer = labelled.get("/api/projects/mail/export/model")
    assert answer.headers["content-type"] == "application/zip"
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    import asknext

    taken = asknext.load_model(tmp_path).predict(texts)
    assert [each["value"] for each in live["predictions"]] == [_value(each) for each in taken]
    for each in live["predictions"]:
        assert sum(each["proba"].values()) == pytest.approx(1, abs=1e-6)
        assert each["proba"][each["value"]] == pytest.approx(each["confidence"])
    right = sum(
        each["value"] == GOLD[example]
        for each, example in zip(live["predictions"], TEXTS, strict=False)
    )
    assert right > 12  # chance has five; which texts were asked depends on when models are ready


def _value(prediction: Any) -> Any:
    return prediction["value"] if isinstance(prediction, dict) else prediction


def test_reading_never_writes(labelled: TestClient, labelled_home: Home) -> None:
    store = labelled.app.state.engine.store
    example = next(iter(GOLD))
    paths = labelled.get("/api/openapi.json").json()["paths"]
    before = (store.events("mail"), store.leases("mail", 0.0), files(labelled_home))
    for path, methods in paths.items():
        if "get" in methods and not path.endswith("/live"):
            address = path.format(project="mail", example=example, figure="class-balance")
            untrained = path.endswith("/export/huggingface")  # nobody has fine-tuned a model here
            assert labelled.get(address).status_code == (409 if untrained else 200), path
    for page in ("/", "/new", "/p/mail", "/p/mail/dashboard"):
        assert labelled.get(page).status_code == 200
    assert (store.events("mail"), store.leases("mail", 0.0), files(labelled_home)) == before


def files(home: Home) -> list[str]:
    """All files but SQLite's own working files."""
    return sorted(
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.suffix not in (".db-wal", ".db-shm")
    )


def test_there_is_no_model_before_the_first_label(mail: TestClient) -> None:
    found = failure(mail.post("/api/projects/mail/predict", json={"texts": ["x"]}), 409)
    assert found["code"] == "not_ready"
    assert failure(mail.get("/api/projects/mail/export/model"), 409)["code"] == "not_ready"
    assert failure(mail.get("/api/projects/mail/export/huggingface"), 409)["code"] == "not_ready"
    assert failure(mail.post("/api/projects/mail/predict", json={"texts": ["x"] * 1001}), 422)


def test_what_was_done_survives_a_restart(labelled: TestClient, labelled_home: Home) -> None:
    before = labelled.get("/api/projects/mail/report").json()
    with make_client(create_app(labelled_home, secret=SECRET)) as again:
        caught_up(again)
        after = again.get("/api/projects/mail/report").json()
    for part in ("settings", "counts", "classes", "annotators"):
        assert after[part] == before[part]

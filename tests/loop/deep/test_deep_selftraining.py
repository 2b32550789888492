"""Rounds after which probabilities stay honest, and rounds that learn from unlabelled texts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from asknext.core.home import Home
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.requests import request
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import answer, make

pytestmark = pytest.mark.slow


def ready(home: Home, base: Path, **settings: object) -> Session:
    store = MemoryStore()
    make(store, "p", base, **settings)
    encode_project(store, home, "p")
    session = Session(store, "p", home)
    session.train()
    answer(session, 60)
    session.train()
    return session


def test_probabilities_are_calibrated_on_what_the_vectors_have_not_learnt(
    tmp_path: Path, base: Path
) -> None:
    home = Home.find(tmp_path / "home")
    session = ready(home, base, control=0.2)
    run = run_round(session, request(session))
    assert run.state == "promoted"
    record = json.loads((home.run("p", run.id) / "run.json").read_text())
    control = set(session.control_ids())
    assert len(record["held"]["actual"]) == len(set(record["judge"]) - control) > 0
    assert np.allclose(np.sum(record["held"]["proba"], axis=1), 1.0, atol=1e-4)
    session.train()
    labelled, _ = session.labelled()
    learnt = session.learner.learnt(run.id)
    assert learnt is not None
    assert {labelled.ids[i] for i in learnt.unseen(labelled.ids)} == control
    space, model = session.serving.space, session.serving.model
    assert space is not None
    found = session.learner.calibrated(model, space, labelled).calibration
    assert found.labels <= len(control) + len(record["held"]["actual"])
    assert found.reason.startswith("the vectors have learnt all labels but")
    assert session.serving.temperature == pytest.approx(found.temperature)
    shown = session.report()["deep"]
    assert [(row["run"], row["serves"]) for row in shown] == [(run.id, True)]
    assert shown[0]["fluctuation"] == run.result["fluctuation"]


@pytest.mark.parametrize("control", [0.0, 0.5])
def test_a_second_model_with_pseudo_labels_is_kept_only_where_it_helps(
    tmp_path: Path, base: Path, control: float
) -> None:
    home = Home.find(tmp_path / "home")
    deep = {"self_training": True, "epochs": 4}
    session = ready(home, base, control=control, deep=deep)
    before = session.counts()
    run = run_round(session, request(session))
    told = run.made["self_training"]
    assert told["helps"] == (told.get("gain", 0.0) > 0)
    assert told["reason"] in ("helps", "does not help", "nothing to learn", "few answers")
    folder = RunFolder(home, "p", run.id)
    assert {path.name for path in folder.path.iterdir()} >= {"model", "run.json"}
    assert not {"taught", "aside", "trial"} & {path.name for path in folder.path.iterdir()}
    session.train()
    after = session.counts()
    assert {name: after[name] for name in ("answers", "labelled")} == {
        name: before[name] for name in ("answers", "labelled")
    }

"""Taking a fine-tuned model out of a project: as a folder, and into another project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotReady, Unsupported
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification, Generation
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.requests import request, roll_back
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project, encoder_of
from asknext.loop.projects import create_from, create_project
from asknext.loop.session import Session
from asknext.models.exported import load_model
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import LABELS, answer, make, text_of

pytestmark = pytest.mark.slow

OTHERS = ("billing", "complaint")  # one label that the first project has, one that it has not


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.find(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def store() -> Store:
    return MemoryStore()


@pytest.fixture(scope="module")
def first(store: Store, home: Home, base: Path) -> Session:
    """A project whose fine-tuned model serves."""
    make(store, "first", base, control=0.3)
    encode_project(store, home, "first")
    session = Session(store, "first", home)
    session.train()
    answer(session, 60)
    session.train()
    assert run_round(session, request(session)).state == "promoted"
    session.train()
    return session


def texts(store: Store, name: str, n: int = 40) -> None:
    store.add(name, [Example(id=f"e{i:05d}", fields={"text": text_of(i)}) for i in range(n)])


def test_the_folder_and_its_card(first: Session, home: Home, tmp_path: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    first.export_standard(tmp_path / "taken")
    module = AutoModelForSequenceClassification.from_pretrained(tmp_path / "taken")
    assert set(module.config.id2label.values()) == set(LABELS)
    card = (tmp_path / "taken" / "README.md").read_text(encoding="utf-8")
    run = first.state.ledger.get(first.state.serving_run)
    learnt = RunFolder(home, "first", run.id).record()["learnt"]
    unseen = [id for id in first.control_ids() if id not in learnt]
    assert unseen
    assert f", n = {len(unseen)}).\n\nMeasured on answers to randomly drawn" in card
    assert f"| Training | {run.id} |" in card
    assert f"| Hash of the weights | {run.made['hash']} |" in card


def test_without_a_fine_tuned_model_it_says_what_to_do(
    first: Session, store: Store, home: Home, base: Path, tmp_path: Path
) -> None:
    make(store, "bare", base)
    bare = Session(store, "bare", home)
    with pytest.raises(NotReady, match="train one: asknext train bare --base minilm — or take"):
        bare.export_standard(tmp_path / "taken")
    assert not (tmp_path / "taken").exists()
    store.configure(bare.settings.changed(deep={"base": "project:nobody"}), 0.0)
    encode_project(store, home, "bare")
    bare.train()
    answer(bare, 4)
    with pytest.raises(NotReady, match="no project named 'nobody' to start from; there is: bare"):
        request(bare)
    store.configure(bare.settings.changed(deep={"base": "project:bare"}), 0.0)
    with pytest.raises(NotReady, match=r"'bare' has no fine-tuned model.*with one: first"):
        request(bare)
    task = Generation().to_json()
    deep = {"model": "causal", "base": "project:first"}
    create_project(store, Settings("writer", task, encoder="tfidf", deep=deep))
    texts(store, "writer", 4)
    writer = Session(store, "writer", home)
    for i in range(2):
        writer.tell(f"e{i:05d}", "an answer")
    with pytest.raises(Unsupported, match="a 'generation' project cannot start from it"):
        request(writer)


def test_a_training_starts_from_the_model_of_another_project(
    first: Session, store: Store, home: Home, base: Path
) -> None:
    deep = {"base": "project:first", "every": 0, "epochs": 1, "learning_rate": 1e-9}
    deep |= {"head_rate": 1e-9, "judge": "none"}
    task = Classification(OTHERS).to_json()
    create_project(store, Settings("next", task, encoder="tfidf", deep=deep))
    texts(store, "next")
    encode_project(store, home, "next")
    session = Session(store, "next", home)
    for i in range(8):
        session.tell(f"e{i:05d}", OTHERS[i % 2])
    waiting = request(session)
    source = waiting.start["source"]
    serving = first.state.ledger.get(first.state.serving_run)
    assert (source["project"], source["run"]) == ("first", serving.id)
    assert source["hash"] == serving.made["hash"]
    run = run_round(session, waiting)
    assert run.state == "promoted"
    assert run.start["source"] == source
    assert run.start["base"] == "project:first"
    facts = RunFolder(home, "next", run.id).model / "asknext.json"
    recorded = json.loads(facts.read_text(encoding="utf-8"))["base"]
    assert recorded["source"] == source["folder"]
    # Nothing was learnt at that rate: the body is that of the first project, and the known label.
    import safetensors.numpy as tensors

    before = tensors.load_file(Path(source["folder"]) / "model.safetensors")
    after = tensors.load_file(RunFolder(home, "next", run.id).model / "model.safetensors")
    body = "bert.embeddings.word_embeddings.weight"
    np.testing.assert_allclose(after[body], before[body], atol=1e-5)
    billing = list(first.task.labels).index("billing")
    np.testing.assert_allclose(
        after["classifier.weight"][0], before["classifier.weight"][billing], atol=1e-5
    )


def test_a_project_starts_with_the_vectors_of_another(
    first: Session, store: Store, home: Home, tmp_path: Path
) -> None:
    settings = Settings("heir", Classification(OTHERS).to_json())
    with pytest.raises(InvalidInput, match="brings an encoder of its own"):
        create_from(store, home, settings.changed(encoder="tfidf"), "first")
    with pytest.raises(NotReady, match="no project named 'nobody'"):
        create_from(store, home, settings, "nobody")
    create_from(store, home, settings, "first")
    texts(store, "heir")
    encode_project(store, home, "heir")
    session = Session(store, "heir", home)
    for i in range(8):
        session.tell(f"e{i:05d}", OTHERS[i % 2])
    session.train()
    ours = encoder_of(store, home, "heir")
    theirs = encoder_of(store, home, "first", first.state.serving_run)
    examples = [Example(id="x", fields={"text": text_of(3)})]
    np.testing.assert_array_equal(ours.encode(examples), theirs.encode(examples))
    session.export_model(tmp_path / "taken")
    meant = session.predict([text_of(5)])
    shutil.rmtree(home.project("heir") / "start")  # the export stands by itself
    assert load_model(tmp_path / "taken").predict([text_of(5)]) == meant


def test_what_was_rolled_back_is_no_start(first: Session, store: Store, home: Home) -> None:
    roll_back(first)
    with pytest.raises(NotReady, match="'first' has no fine-tuned model to start from"):
        create_from(store, home, Settings("late", first.settings.task), "first")
    assert "late" not in {one.name for one in store.projects()}

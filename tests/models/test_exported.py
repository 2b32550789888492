"""Exported models: what is written is read, what is foreign is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import AlreadyExists, InvalidAnswer, InvalidInput, NotFound
from asknext.core.examples import text_example
from asknext.core.tasks import Classification
from asknext.models.card import write_card
from asknext.models.exported import export_model, load_model
from asknext.models.linear import LinearHead

TASK = Classification(("refund", "delivery", "退款"))
TEXTS = {
    "refund": ["I want my money back", "please refund my order", "refund the money now"],
    "delivery": ["where is my parcel", "the parcel is late", "delivery of my parcel is late"],
    "退款": ["我要退款", "请把钱退给我", "什么时候退款"],
}
CARD = {
    "project": "Support | <b>messages</b>",
    "asknext": "0.1.0",
    "date": "2026-11-21",
    "counts": {"examples": 9, "answers": 9},
    "classes": [{"label": name, "count": 3} for name in TEXTS],
    "quality": {
        "metric": "accuracy",
        "estimate": 0.875,
        "low": 0.8,
        "high": float("nan"),
        "n": 40,
        "source": "control",
        "level": 0.95,
    },
    "strategy": {"name": "auto", "control": 0.1},
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    texts = [text for said in TEXTS.values() for text in said]
    labels = [label for label, said in TEXTS.items() for _ in said]
    examples = [text_example(text) for text in texts]
    folder = tmp_path_factory.mktemp("encoder")
    encoder = registry.get("service", "encoder.resolve")("tfidf", lambda: iter(examples), folder)
    vectors = np.asarray(encoder.encode(examples))
    model = LinearHead(TASK).fit(Batch(len(texts), vectors=vectors), labels, seed=0)
    return encoder, model, texts, labels


@pytest.fixture
def folder(parts, tmp_path) -> Path:
    encoder, model, _, _ = parts
    export_model(tmp_path / "model", task=TASK, encoder=encoder, model=model, card=CARD)
    return tmp_path / "model"


def test_predicts_as_the_live_model_does(parts, folder):
    encoder, model, texts, labels = parts
    loaded = load_model(str(folder))
    vectors = np.asarray(encoder.encode([text_example(text) for text in texts]))
    live = model.predict(Batch(len(texts), vectors=vectors))
    found = loaded.predict(texts)
    assert [row["value"] for row in found] == labels
    for row, proba in zip(found, live.proba, strict=True):
        assert list(row["proba"]) == list(live.classes)
        np.testing.assert_allclose(list(row["proba"].values()), proba, atol=1e-6)
        assert row["confidence"] == pytest.approx(max(row["proba"].values()))
    json.dumps(found)
    assert loaded.predict([]) == []
    assert loaded.task == TASK


def test_evaluates(parts, folder):
    _, _, texts, labels = parts
    found = load_model(folder).evaluate(texts, [*labels[:-1], "refund"])
    assert (found["metric"], found["n"]) == ("accuracy", 9)
    assert found["estimate"] == pytest.approx(8 / 9)
    assert 0.5 < found["low"] < found["estimate"] < found["high"] < 1
    assert found["confusion"][0] == [3, 0, 1]
    with pytest.raises(InvalidAnswer, match="'pear'"):
        load_model(folder).evaluate(["x"], ["pear"])
    with pytest.raises(InvalidInput, match="1 texts, 0 labels"):
        load_model(folder).evaluate(["x"], [])
    with pytest.raises(InvalidInput, match="list of texts"):
        load_model(folder).predict([3])


def test_folder_holds_the_layout_and_nothing_that_runs(folder):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"asknext.json", "README.md", "model/head.npz", "model/head.json"} <= names
    assert {Path(name).suffix for name in names} <= {".json", ".md", ".npz", ".txt", ".safetensors"}
    about = json.loads((folder / "asknext.json").read_text(encoding="utf-8"))
    assert about["format"] == 1
    assert about["task"] == TASK.to_json()
    assert about["model"] == "linear"
    assert about["card"]["quality"]["high"] is None
    assert load_model(folder).card["counts"] == {"examples": 9, "answers": 9}
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert folder.stat().st_mode & 0o111


def test_card_says_what_people_must_know(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "accuracy 0.875" in text
    assert "95% interval 0.800 to unknown, n = 40" in text
    assert "each predicted by a model that had not seen it" in text
    assert "| 退款 | 3 |" in text
    assert "asknext.load_model(" in text
    assert "2026-11-21" in text
    assert "auto, 10% at random" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_card_without_figures_says_so(tmp_path):
    path = tmp_path / "README.md"
    write_card(path, task=TASK.to_json(), encoder="e", model="m", card={"owner": "ann"})
    text = path.read_text(encoding="utf-8")
    assert "Not measured" in text
    assert "| owner | ann |" in text


def test_an_earlier_export_is_replaced_whole(parts, folder):
    encoder, model, texts, _ = parts
    (folder / "stale.txt").write_text("old", encoding="utf-8")
    export_model(folder, task=TASK, encoder=encoder, model=model, card={"project": "second"})
    assert load_model(folder).card == {"project": "second"}
    assert not (folder / "stale.txt").exists()
    assert len(load_model(folder).predict(texts[:2])) == 2


def test_something_else_is_never_overwritten(parts, tmp_path):
    encoder, model, _, _ = parts
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(AlreadyExists, match="not an asknext model"):
        export_model(tmp_path / "thesis", task=TASK, encoder=encoder, model=model, card={})
    with pytest.raises(AlreadyExists):
        export_model(
            tmp_path / "thesis" / "chapter.txt", task=TASK, encoder=encoder, model=model, card={}
        )
    assert (tmp_path / "thesis" / "chapter.txt").read_text(encoding="utf-8") == "years of work"
    (tmp_path / "empty").mkdir()
    export_model(tmp_path / "empty", task=TASK, encoder=encoder, model=model, card={})
    assert load_model(tmp_path / "empty").task == TASK


def test_a_failing_export_leaves_nothing_and_keeps_the_old(parts, folder):
    encoder, model, _, _ = parts
    before = (folder / "README.md").read_bytes()
    with pytest.raises(TypeError):
        export_model(folder, task=TASK, encoder=encoder, model=model, card={"odd": object()})
    assert (folder / "README.md").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_unknown_formats_and_foreign_folders_are_refused(folder, tmp_path):
    with pytest.raises(NotFound, match=r"no asknext\.json"):
        load_model(tmp_path / "nowhere")
    path = folder / "asknext.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**about, "format": 7, "asknext": "9.9"}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"model format 7, written by asknext 9\.9"):
        load_model(folder)
    for text, words in (("{", "damaged"), ("[]", "does not describe"), ('{"format": 1}', "lacks")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput, match=words):
            load_model(folder)


def test_a_moved_folder_still_loads(folder, tmp_path):
    shutil.move(folder, tmp_path / "elsewhere")
    assert load_model(tmp_path / "elsewhere").predict(["我要退款"])[0]["value"] == "退款"

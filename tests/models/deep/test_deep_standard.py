"""A fine-tuned model taken away: the standard folder, and what its card says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import AlreadyExists, InvalidInput, NotFound
from asknext.core.examples import text_example
from asknext.core.tasks import Classification, Regression, Tagging
from asknext.models.deep.finetuned import FineTuned
from asknext.models.exported import load_model
from asknext.models.standard import export_standard
from tests.models.deep.conftest import batch_of, need

pytestmark = pytest.mark.slow
need("transformers", "hf")

TASK = Classification(("refund", "delivery", "退款"))
TEXTS = ["i want my money back", "where is my parcel?", "我要退款", "refund me please"]
LABELS = ["refund", "delivery", "退款", "refund"]
EXAMPLES = [text_example(text) for text in TEXTS]
CARD: dict[str, Any] = {
    "project": "Support | <b>messages</b>",
    "asknext": "0.1.0",
    "date": "2026-11-21",
    "seed": 7,
    "versions": {"torch": "2.13", "transformers": "5.23"},
    "counts": {"examples": 9, "answers": 4},
    "classes": [{"label": label, "count": LABELS.count(label)} for label in TASK.labels],
    "quality": {"metric": "accuracy", "estimate": 0.875, "low": 0.8, "high": float("nan")}
    | {"n": 40, "source": "held_out", "level": 0.95},
    "serving": {"metric": "accuracy", "estimate": 0.9, "low": 0.8, "high": 0.95, "n": 40},
    "strategy": {"name": "auto", "control": 0.1},
    "run": "r0003",
    "hash": "abcdef",
    "started_from": "project films, run r0002, hash 1234",
}


@pytest.fixture(scope="module")
def trained(small_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two members that saw four texts twice; what they say does not matter here."""
    model = FineTuned(TASK, base=str(small_base), epochs=1, seeds=2)
    folder = tmp_path_factory.mktemp("runs") / "model"
    model.fit(batch_of(EXAMPLES), LABELS, seed=7).save(folder)
    return folder


@pytest.fixture
def taken(trained: Path, tmp_path: Path) -> Path:
    export_standard(tmp_path / "taken", source=trained, card=CARD)
    return tmp_path / "taken"


def test_it_loads_without_asknext_and_says_what_the_first_member_says(
    trained: Path, taken: Path
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(taken)
    module = AutoModelForSequenceClassification.from_pretrained(taken)
    with torch.no_grad():
        logits = module(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits
    whole = FineTuned.load(trained, TASK)
    said = whole.predict(batch_of(EXAMPLES)).array("committee_proba")[0]
    assert list(module.config.id2label.values()) == list(TASK.labels)
    np.testing.assert_allclose(logits.softmax(-1).numpy(), said, atol=0.02)  # bf16 may have read
    assert not (taken / "members").exists()
    alone = FineTuned.load(taken, TASK)  # asknext reads it, too, as one model
    assert len(alone.fitted.members) == 1


def test_nothing_of_the_machine_and_its_texts_goes_along(trained: Path, taken: Path) -> None:
    written = {path.name: path for path in taken.rglob("*") if path.suffix in (".json", ".md")}
    for name, path in written.items():
        if name != "tokenizer.json":
            assert str(trained.parent.parent) not in path.read_text(encoding="utf-8"), name
    facts = json.loads(written["asknext.json"].read_text(encoding="utf-8"))
    assert facts["learnt"] == []
    assert facts["base"]["source"] == facts["tuning"]["base"] == "small-bert"
    assert facts["base"]["revision"]


def test_the_card_says_what_people_must_know(trained: Path, taken: Path) -> None:
    card = (taken / "README.md").read_text(encoding="utf-8")
    revision = json.loads((trained / "asknext.json").read_text(encoding="utf-8"))["base"]
    for words in (
        "library_name: transformers\nlicense: unknown\npipeline_tag: text-classification",
        "# Support \\| \\<b\\>messages\\</b\\>",
        "| Base | project films, run r0002, hash 1234 |",
        f"| Base revision | {revision['revision']} |",
        "| Training | r0003 |",
        "| Training seed | 7 |",
        "| transformers | 5.23 |",
        "| Member | the first of 2 that were trained |",
        "**accuracy 0.875** (95% interval 0.800 to unknown, n = 40)",
        "which the model never learnt from",
        "has accuracy 0.900 (0.800 to 0.950, n = 40)",
        "| refund | 2 |",
        "| epochs | 1 |",
        "## Calibration\n\nTemperature 1: not calibrated",
        "AutoModelForSequenceClassification.from_pretrained",
        "## Intended use and limits",
        "## Licence\n\nNot chosen yet.",
    ):
        assert words in card, words


def test_an_earlier_export_is_replaced_and_nothing_else(trained: Path, taken: Path) -> None:
    (taken / "more.txt").write_text("of an earlier export", encoding="utf-8")
    export_standard(taken, source=trained, card=CARD)
    assert not (taken / "more.txt").exists()
    foreign = taken.parent / "thesis"
    foreign.mkdir()
    (foreign / "chapter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(AlreadyExists, match="choose another folder"):
        export_standard(foreign, source=trained, card=CARD)
    assert (foreign / "chapter.txt").read_text(encoding="utf-8") == "mine"
    with pytest.raises(NotFound, match="no trained model"):
        export_standard(taken, source=taken.parent / "nothing", card=CARD)
    with pytest.raises(InvalidInput, match=r"AutoModelForSequenceClassification\.from_pretrained"):
        load_model(taken)


def test_other_labels_and_other_tasks_start_from_it(taken: Path) -> None:
    """Labels that it knows keep their weights; a task of another kind gets a head of its own."""
    still = {"base": str(taken), "epochs": 1, "learning_rate": 1e-9, "head_rate": 1e-9}
    before = FineTuned.load(taken, TASK)
    fewer = Classification(("退款", "complaint", "refund"))
    said = ["退款", "complaint", "refund", "refund"]
    model = FineTuned(fewer, **still).fit(batch_of(EXAMPLES), said, seed=0)

    def rows(one: FineTuned) -> Any:
        return one.fitted.network.classifier.weight.detach().cpu().numpy()

    assert model.classes == fewer.labels
    for place, label in ((0, "退款"), (2, "refund")):
        known = rows(before)[before.classes.index(label)]
        np.testing.assert_allclose(rows(model)[place], known, atol=1e-5)
    assert np.abs(rows(model)[1] - rows(before)).max(axis=1).min() > 1e-3
    scale = FineTuned(Regression(1, 5), **still).fit(batch_of(EXAMPLES), [1, 2, 3, 4], seed=0)
    assert scale.predict(batch_of(EXAMPLES)).array("mean").shape == (4,)
    spans = [[{"start": 0, "end": 2, "label": "X"}]] * 4
    tags = FineTuned(Tagging(("X",)), **still).fit(batch_of(EXAMPLES), spans, seed=0)
    assert tags.classes == ("O", "B-X", "I-X")

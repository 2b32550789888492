"""Graphs: they say what the model says, whatever the lengths and however many texts at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import AlreadyExists, Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.tasks import Classification, Generation, Tagging
from asknext.encoders.tuned import Tuned
from asknext.models.deep.finetuned import FineTuned
from asknext.models.linear import LinearHead
from asknext.models.onnx.exporting import export_head_onnx, export_onnx
from asknext.models.retrieval import Retrieval
from tests.models.deep.conftest import batch_of, need

pytestmark = pytest.mark.slow
need("onnxscript", "onnx")
need("onnxruntime", "onnx")

TEXTS = ["where is my parcel?", "a", "", "refund me " * 30, "word " * 300, "我要退款 👍"]


def served(folder: Path, output: str, texts: list[str]) -> Any:
    """What a server without asknext and torch makes of these texts, in one batch."""
    onnxruntime: Any = pytest.importorskip("onnxruntime")
    from tokenizers import Tokenizer

    rows = Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(texts)
    parts = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    names = [one.name for one in session.get_inputs()]
    given = {name: np.array([getattr(row, parts[name]) for row in rows]) for name in names}
    return session.run([output], given)[0], rows


def test_a_tagger_says_the_same_of_every_token(small_base: Path, tmp_path: Path) -> None:
    task = Tagging(("THING",))
    examples = [text_example(text[:90]) for text in TEXTS[:4] if text]  # none is cut by the graph
    spans = [[{"start": 0, "end": 1, "label": "THING"}] for _ in examples]
    settings = {"base": str(small_base), "epochs": 1, "precision": "fp32"}
    model = FineTuned(task, **settings).fit(batch_of(examples), spans, seed=0)
    model.save(tmp_path / "model")
    told = export_onnx(
        tmp_path / "graph", source=tmp_path / "model", task=task, card={}, texts=examples
    )
    assert told["texts"] == len(examples)
    assert told["difference"] < 1e-4
    about = json.loads((tmp_path / "graph" / "graph.json").read_text(encoding="utf-8"))
    assert about["classes"] == list(task.tags)
    meant = model.predict(batch_of(examples)).array("token_proba")
    found, rows = served(tmp_path / "graph", "probabilities", [e.text for e in examples])
    for i, row in enumerate(rows):
        inside = [k for k, special in enumerate(row.special_tokens_mask) if not special]
        np.testing.assert_allclose(found[i][inside], meant[i], atol=1e-4)


def test_encoder_and_head_are_one_graph(small_base: Path, tmp_path: Path) -> None:
    task = Classification(("delivery", "refund"))
    examples = [text_example(text) for text in TEXTS]
    settings = {"base": str(small_base), "epochs": 1, "precision": "fp32", "max_tokens": 64}
    labels = ["delivery", "refund", "refund", "refund", "delivery", "refund"]
    FineTuned(task, **settings).fit(batch_of(examples), labels, seed=0).save(tmp_path / "model")
    encoder = Tuned(tmp_path / "model", precision="fp32")
    vectors = encoder.encode(examples)
    head = LinearHead(task).fit(Batch(len(examples), vectors=vectors), labels, seed=0)
    graph = tmp_path / "graph"
    card = {"project": "Support", "classes": [{"label": "refund", "count": 4}]}
    told = export_head_onnx(
        graph, task=task, encoder=encoder, model=head, card=card, texts=examples
    )
    assert told["difference"] < 1e-4
    meant = head.predict(Batch(len(examples), vectors=vectors)).proba
    for size in (1, 2, len(TEXTS)):
        found = [
            served(graph, "probabilities", TEXTS[i : i + size])[0]
            for i in range(0, len(TEXTS), size)
        ]
        np.testing.assert_allclose(np.concatenate(found), meant, atol=1e-4)
    words = (graph / "README.md").read_text(encoding="utf-8")
    assert "| Head | linear |" in words
    assert "| refund | 4 |" in words
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(AlreadyExists):
        export_head_onnx(
            tmp_path / "mine", task=task, encoder=encoder, model=head, card=card, texts=examples
        )


def test_what_is_no_graph_says_what_is(tmp_path: Path) -> None:
    def export(task: Any, encoder: Any, model: Any) -> None:
        export_head_onnx(
            tmp_path / "graph", task=task, encoder=encoder, model=model, card={}, texts=[]
        )

    examples = [text_example(text) for text in ("one text", "another text")]
    tfidf = registry.get("service", "encoder.resolve")("tfidf", lambda: examples, tmp_path / "e")
    task = Classification(("a", "b"))
    batch = Batch(2, vectors=np.asarray(tfidf.encode(examples)), load=lambda: examples)
    head = LinearHead(task).fit(batch, ["a", "b"], seed=0)
    with pytest.raises(Unsupported, match="encoder 'tfidf' cannot be an ONNX graph; those that"):
        export(task, tfidf, head)
    writing = Generation()
    memory = Retrieval(writing).fit(batch, ["x", "y"], seed=0)
    with pytest.raises(Unsupported, match="model 'retrieval' cannot be an ONNX graph"):
        export(writing, tfidf, memory)
    with pytest.raises(Unsupported, match="writes word by word"):
        export_onnx(
            tmp_path / "graph", source=tmp_path, task=writing, card={}, texts=[Example("1", {})]
        )
    assert not (tmp_path / "graph").exists()

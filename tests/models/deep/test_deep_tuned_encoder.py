"""The encoder over a fine-tuned folder, and the one call that trains and saves it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import InvalidInput, NotFound, Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.tasks import Classification, Generation, Tagging
from asknext.encoders.shapes import WIDTH
from asknext.encoders.tuned import Tuned
from asknext.models.deep.finetuned import FineTuned
from asknext.models.deep.progress import Cancelled, TrainStep
from asknext.models.deep.training import train_examples
from asknext.testing.encoders import check_encoder
from tests.models.deep.conftest import LEARNT, batch_of, drawn, need, small_bert

pytestmark = pytest.mark.slow
need("torch", "hf")

RowsOf = Callable[..., list[dict[str, Any]]]
QUICK: dict[str, Any] = {"learning_rate": 4e-3, "head_rate": 4e-3, "epochs": 5} | LEARNT
TASK = Classification(("HUM", "LOC", "NUM"))


@pytest.fixture(scope="module")
def questions(shared_rows: RowsOf) -> tuple[list[Example], list[str]]:
    rows = drawn([r for r in shared_rows("trec6") if r["label"] in TASK.labels], 90)
    return [text_example(r["text"]) for r in rows], [r["label"] for r in rows]


@pytest.fixture(scope="module")
def folder(
    questions: tuple[list[Example], list[str]],
    small_base: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    place = tmp_path_factory.mktemp("runs") / "model"
    seen: list[TrainStep] = []
    facts = train_examples(
        TASK,
        *questions,
        place,
        settings={"model": "transformer", "every": 50, "base": str(small_base), **QUICK},
        seed=1,
        on_step=lambda step: seen.append(step) is None,
    )
    assert facts["labels"] == 90
    assert facts["steps"] == len(seen) == 5 * 6
    return place


def test_contract(folder: Path, tmp_path: Path) -> None:
    check_encoder(registry.get("encoder", "tuned")(folder), tmp_path)


def test_vectors_are_those_of_the_model(
    folder: Path, questions: tuple[list[Example], list[str]]
) -> None:
    model = FineTuned.load(folder, TASK)
    prediction = model.predict(batch_of(questions[0]))
    encoder = Tuned(folder, precision="fp32")
    assert (encoder.sentence_dim, encoder.dim) == (64, 128)
    vectors = encoder.encode(questions[0])
    assert np.allclose(vectors[:, :64], prediction.array("embedding"), atol=1e-5)
    features = prediction.array("features")
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    assert np.allclose(vectors[:, 64:], features, atol=1e-5)


def test_a_linear_head_on_them_starts_where_training_ended(
    folder: Path, questions: tuple[list[Example], list[str]]
) -> None:
    examples, labels = questions
    vectors = Tuned(folder).encode(examples)
    head = registry.get("model", "linear")(TASK)
    fitted = head.fit(Batch(90, vectors=vectors), labels, seed=0)
    said = TASK.values(fitted.predict(Batch(90, vectors=vectors)))
    own = TASK.values(FineTuned.load(folder, TASK).predict(batch_of(examples)))
    head_right, own_right = (
        np.mean([a == b for a, b in zip(values, labels, strict=True)]) for values in (said, own)
    )
    assert head_right >= own_right - 0.02


def test_revision_follows_the_weights(
    folder: Path, questions: tuple[list[Example], list[str]], small_base: Path, tmp_path: Path
) -> None:
    settings = {"base": str(small_base), **QUICK, "epochs": 1}
    train_examples(TASK, *questions, tmp_path / "other", settings=settings, seed=2)
    one, other = Tuned(folder), Tuned(tmp_path / "other")
    assert one.revision != other.revision
    shutil.copytree(folder, tmp_path / "copy")
    assert Tuned(tmp_path / "copy").revision == one.revision


def test_a_home_may_move(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "home" / "runs" / "1" / "model")
    encoder = Tuned(tmp_path / "home" / "runs" / "1" / "model")
    encoder.save(tmp_path / "home" / "encoder")
    (tmp_path / "home").rename(tmp_path / "moved")
    again = Tuned.load(tmp_path / "moved" / "encoder")
    assert again.revision == encoder.revision
    assert again.encode([text_example("who?")]).shape == (1, 128)
    weights = tmp_path / "moved" / "runs" / "1" / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"abcd")
    with pytest.raises(InvalidInput, match="vectors would differ"):
        Tuned.load(tmp_path / "moved" / "encoder")


@pytest.mark.parametrize("tags", [True, False], ids=["tagging", "classification"])
def test_tokens_of_long_texts(tags: bool, folder: Path, tmp_path: Path) -> None:
    words = [f"w{i % 7}" for i in range(60)]
    texts = [" ".join(words), "", "w1 小明 👍🏽"]
    if tags:
        base = small_bert(tmp_path / "base", texts)
        batch = batch_of([text_example(text) for text in texts])
        model = FineTuned(Tagging(("X",)), base=str(base), max_tokens=16, epochs=1)
        model.fit(batch, [[], [], []], seed=1).save(tmp_path / "model")
    encoder = Tuned(tmp_path / "model" if tags else folder)
    tokens = encoder.encode_tokens([text_example(text) for text in texts])
    assert len(tokens) == 3
    assert tokens.vectors.lengths.tolist() == tokens.places.lengths.tolist()
    assert tokens.vectors.values.shape[1] == encoder.token_dim == 64 + WIDTH
    last = tokens.vectors.values[:, :64].astype(np.float32)
    assert np.allclose(np.linalg.norm(last, axis=1), 1, atol=1e-2)
    assert tokens.vectors.values.dtype == np.float16
    assert tokens.vectors.lengths[1] == 0
    places = tokens.places[0]
    starts = [text for text in (texts[0][a:b] for a, b in places) if text[0] == "w"]
    assert len(starts) == 60
    assert len(np.unique(places, axis=0)) == len(places)
    marks = tokens.vectors[2][:, 64:]
    assert marks.any()
    assert not np.array_equal(
        marks,
        Tuned(encoder.folder).encode_tokens([text_example(texts[2].upper())]).vectors[0][:, 64:],
    )
    assert len(encoder.encode_tokens([])) == 0


def test_a_cancelled_training_leaves_nothing(
    questions: tuple[list[Example], list[str]], small_base: Path, tmp_path: Path
) -> None:
    settings = {"base": str(small_base), **QUICK}
    with pytest.raises(Cancelled):
        train_examples(
            TASK,
            *questions,
            tmp_path / "model",
            settings=settings,
            seed=1,
            on_step=lambda step: step.step < 2,
        )
    assert list(tmp_path.iterdir()) == []


def test_the_model_before_is_gone_on_from(
    folder: Path, questions: tuple[list[Example], list[str]], small_base: Path, tmp_path: Path
) -> None:
    still = {"learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1}
    settings = {"base": str(small_base), **QUICK, **still, "policy": "continue"}
    facts = train_examples(
        TASK, *questions, tmp_path / "model", settings=settings, seed=1, init=folder
    )
    assert facts["policy"] == "continue"
    before = json.loads((folder / "asknext.json").read_text(encoding="utf-8"))["facts"]["loss"]
    assert facts["loss"][0] < 0.8 * before[0]


def test_wrong_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="causal"):
        train_examples(TASK, [], [], tmp_path / "m", settings={"model": "magic"}, seed=0)
    with pytest.raises(Unsupported, match="causal"):
        train_examples(
            Generation(), [], [], tmp_path / "m", settings={"model": "transformer"}, seed=0
        )
    with pytest.raises(InvalidInput, match="finished training"):
        Tuned(tmp_path)

"""Rewards that the middle and the last layer of an encoder speak of, from frozen layers on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.batch import Batch
from asknext.core.examples import Example
from asknext.core.seeds import generator
from asknext.core.tasks import Preference
from asknext.encoders.paired import Paired
from asknext.encoders.tuned import Tuned
from asknext.models.bradley_terry import BradleyTerry
from asknext.models.deep.finetuned import FineTuned
from asknext.models.deep.problems.preference import PreferenceProblem
from asknext.models.deep.problems.reward import RewardProblem, reads_layers
from asknext.models.standard import export_standard
from asknext.testing.encoders import check_encoder
from tests.models.deep.conftest import LEARNT, batch_of, need, small_bert, small_t5

pytestmark = pytest.mark.slow
need("transformers", "hf")

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "re", "so") for b in ("ba", "du", "fe", "gi")]
TASK = Preference()
QUICK: dict[str, Any] = {"learning_rate": 1e-3, "max_tokens": 24} | LEARNT
STILL: dict[str, Any] = {**QUICK, "learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1}


def pairs(n: int, seed: int) -> tuple[list[Example], list[str]]:
    """Draw prompts with two answers; the longer one is the better one."""
    rng = generator(seed, "pairs", n)
    examples, labels = [], []
    for i in range(n):
        long, short = (" ".join(rng.choice(WORDS, size)) for size in (6, 3))
        label = "a" if rng.random() < 0.5 else "b"
        a, b = (long, short) if label == "a" else (short, long)
        examples.append(Example(id=str(i), fields={"text": str(rng.choice(WORDS)), "a": a, "b": b}))
        labels.append(label)
    return examples, labels


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bert(tmp_path_factory.mktemp("base") / "b", [" ".join(WORDS)], hidden=32)


@pytest.fixture(scope="module")
def fitted(base: Path) -> FineTuned:
    examples, labels = pairs(60, 0)
    return FineTuned(TASK, base=str(base), **QUICK).fit(batch_of(examples), labels, seed=1)


@pytest.fixture(scope="module")
def folder(fitted: FineTuned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("rewards") / "model"
    fitted.save(place)
    return place


def gaps(model: FineTuned, examples: list[Example]) -> Any:
    return model.predict(batch_of(examples)).array("reward_gap")


def right(model: FineTuned, examples: list[Example], labels: list[str]) -> float:
    return float(np.mean((gaps(model, examples) > 0) == [label == "a" for label in labels]))


def test_it_starts_where_frozen_layers_lead_and_learns_on(base: Path, fitted: FineTuned) -> None:
    examples, labels = pairs(60, 0)
    start = FineTuned(TASK, base=str(base), **STILL).fit(batch_of(examples), labels, seed=1)
    start_vectors = start.predict(batch_of(examples)).array("pair_difference")
    zeros = np.zeros_like(start_vectors)
    blocks = np.concatenate([zeros, start_vectors, zeros], axis=1).astype(np.float32)
    head = BradleyTerry(TASK).fit(Batch(60, vectors=blocks), labels, seed=0)
    found = head.predict(Batch(60, vectors=blocks)).array("reward_gap")
    assert np.allclose(gaps(start, examples), found, atol=1e-3)
    assert fitted.facts["epochs"] == 3
    asked, gold = pairs(100, 7)
    assert right(fitted, asked, gold) > 0.9


def test_the_gap_turns_its_sign_with_the_answers(fitted: FineTuned) -> None:
    examples, _ = pairs(20, 3)
    turned = [
        Example(id=one.id, fields={**one.fields, "a": one.fields["b"], "b": one.fields["a"]})
        for one in examples
    ]
    assert np.allclose(gaps(fitted, turned), -gaps(fitted, examples), atol=1e-5)


def test_the_card_computes_the_same_reward(folder: Path, fitted: FineTuned, tmp_path: Path) -> None:
    from transformers import AutoModel

    assert type(AutoModel.from_pretrained(folder)).__name__ == "BertModel"
    export_standard(tmp_path / "taken", source=folder, card={"project": "p"})
    fields = {"text": "a prompt", "a": "and its answer", "b": "kaba lodu"}
    other = {"text": "a prompt", "a": "kaba lodu", "b": "kaba lodu"}
    asked = [Example(id="0", fields=fields), Example(id="1", fields=other)]
    assert gaps(fitted, asked)[1] == pytest.approx(0.0, abs=1e-6)
    for place in (folder, tmp_path / "taken"):
        card = (place / "README.md").read_text("utf-8")
        (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
        code = code.replace("path/to/this/folder", str(place))
        said: dict[str, Any] = {}
        exec(code, said)
        exec(code.replace("and its answer", "kaba lodu"), beside := {})
        gap = float(said["reward"][0] - beside["reward"][0])
        assert gap == pytest.approx(float(gaps(fitted, asked)[0]), abs=1e-4)


def test_the_encoder_gives_the_layers_that_were_read(
    folder: Path, fitted: FineTuned, tmp_path: Path
) -> None:
    encoder = Paired(Tuned(folder, precision="fp32"))
    check_encoder(encoder, tmp_path / "check")
    examples, _ = pairs(30, 5)
    vectors = encoder.encode(examples)
    assert (encoder.sentence_dim, vectors.shape) == (32, (30, 3 * 64))
    difference = fitted.predict(batch_of(examples)).array("pair_difference")
    assert np.allclose(vectors[:, 64:128] - vectors[:, 128:], difference, atol=1e-5)
    again = FineTuned.load(folder, TASK)
    assert np.allclose(gaps(again, examples), gaps(fitted, examples), atol=1e-5)


@pytest.mark.parametrize("how", ["full", "lora"])
@pytest.mark.parametrize("policy", ["continue", "adapters"])
def test_going_on_keeps_what_was_learnt(
    base: Path, fitted: FineTuned, how: str, policy: str
) -> None:
    if (how, policy) == ("full", "adapters"):
        pytest.skip("adapters are those of LoRA")
    examples, labels = pairs(60, 0)
    before = fitted
    if policy == "adapters":
        model = FineTuned(TASK, base=str(base), **{**QUICK, "how": how})
        before = model.fit(batch_of(examples), labels, seed=1)
    further = FineTuned(TASK, base=str(base), policy=policy, **{**STILL, "how": how})
    warm = further.fit(batch_of(examples), labels, seed=2, init=before)
    assert np.allclose(gaps(warm, examples), gaps(before, examples), atol=1e-3)


def test_a_model_of_another_project_is_gone_on_from(folder: Path, fitted: FineTuned) -> None:
    examples, labels = pairs(60, 0)
    model = FineTuned(TASK, base=str(folder), **STILL).fit(batch_of(examples), labels, seed=2)
    assert np.allclose(gaps(model, examples), gaps(fitted, examples), atol=1e-3)


def test_only_encoders_without_a_head_are_read_so(base: Path, folder: Path, tmp_path: Path) -> None:
    from asknext.models.deep.problems import read_problem

    assert read_problem(TASK, "together", base) is RewardProblem
    assert reads_layers(folder)
    assert not reads_layers(small_t5(tmp_path / "t5", WORDS))
    config = json.loads((base / "config.json").read_text("utf-8"))
    headed = tmp_path / "headed"
    headed.mkdir()
    config["architectures"] = ["BertForSequenceClassification"]
    (headed / "config.json").write_text(json.dumps(config), "utf-8")
    assert read_problem(TASK, "together", headed) is PreferenceProblem


def test_pairs_without_a_better_answer_teach_nothing(base: Path) -> None:
    examples, _ = pairs(12, 0)
    model = FineTuned(TASK, base=str(base), **STILL)
    tied = model.fit(batch_of(examples), ["tie", "bad"] * 6, seed=1)
    assert np.allclose(gaps(tied, examples), 0.0, atol=1e-5)

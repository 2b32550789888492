"""Fine-tuning for classification: it learns, stops when told, and its folder is a standard one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.batch import Batch
from asknext.core.errors import InvalidInput, NotReady, Unsupported
from asknext.core.examples import text_example
from asknext.core.tasks import Classification, Generation
from asknext.models.deep.adapting import copy_of, with_classes
from asknext.models.deep.base import load_module
from asknext.models.deep.calibrating import calibration, folded, unfolded
from asknext.models.deep.finetuned import FineTuned
from asknext.models.deep.problems.base import Fold
from asknext.models.deep.problems.classification import ClassificationProblem
from asknext.models.deep.progress import Cancelled, DoesNotFit, TrainStep
from tests.models.deep.conftest import LEARNT, batch_of, drawn, need

pytestmark = pytest.mark.slow
need("torch", "hf")

RowsOf = Callable[..., list[dict[str, Any]]]
QUICK: dict[str, Any] = {"learning_rate": 4e-3, "head_rate": 4e-3, "epochs": 5} | LEARNT
STILL: dict[str, Any] = {**QUICK, "learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1}


@pytest.fixture(scope="module")
def questions(shared_rows: RowsOf) -> tuple[Classification, Batch, list[str], Batch, list[str]]:
    rows = [row for row in shared_rows("trec6") if row["label"] in ("HUM", "LOC", "NUM")]
    known, new = drawn(rows, 90), drawn(rows, 250)[90:]
    task = Classification(("HUM", "LOC", "NUM", "never"))
    one, two = (batch_of([text_example(r["text"]) for r in part]) for part in (known, new))
    return task, one, [r["label"] for r in known], two, [r["label"] for r in new]


@pytest.fixture(scope="module")
def trained(small_base: Path, questions: Any) -> FineTuned:
    task, batch, labels, *_ = questions
    return FineTuned(task, base=str(small_base), **QUICK).fit(batch, labels, seed=3)


def accuracy(model: FineTuned, batch: Batch, labels: list[str]) -> float:
    values = model.task.values(model.predict(batch))
    return float(np.mean([a == b for a, b in zip(values, labels, strict=True)]))


def test_loss_falls_and_new_texts_are_predicted(trained: FineTuned, questions: Any) -> None:
    *_, batch, labels = questions
    majority = max(labels.count(name) for name in set(labels)) / len(labels)
    losses = trained.facts["loss"]
    assert losses[-1] < 0.8 * losses[0]
    assert accuracy(trained, batch, labels) > majority + 0.15


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_any_machine_trains_in_either_precision(
    small_base: Path, questions: Any, precision: str
) -> None:
    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base), "precision": precision}
    facts = FineTuned(task, **settings).fit(batch, labels, seed=3).facts
    assert facts["precision"] == precision
    assert facts["loss"][-1] < 0.8 * facts["loss"][0]


def test_arrays(trained: FineTuned, questions: Any) -> None:
    _, batch, *_ = questions
    prediction = trained.predict(batch)
    assert prediction.classes == ("HUM", "LOC", "NUM")
    assert np.allclose(prediction.proba.sum(axis=1), 1, atol=1e-5)
    embedding = prediction.array("embedding")
    assert embedding.shape == (90, 64)
    assert np.allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
    classifier = trained.fitted.network.classifier
    logits = prediction.array("features") @ classifier.weight.detach().numpy().T
    logits += classifier.bias.detach().numpy()
    assert (logits.argmax(axis=1) == prediction.proba.argmax(axis=1)).all()
    assert trained.predict(batch_of([])).proba.shape == (0, 3)


def test_same_seed_same_weights(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    settings = {**QUICK, "epochs": 1, "base": str(small_base)}
    one, two, other = (
        FineTuned(task, **settings).fit(batch, labels, seed=seed).fitted.network.module
        for seed in (1, 1, 2)
    )
    state, same, different = one.state_dict(), two.state_dict(), other.state_dict()
    assert all((state[name] == same[name]).all() for name in state)
    assert any((state[name] != different[name]).any() for name in state)


def test_the_caller_keeps_its_random_numbers(small_base: Path, questions: Any) -> None:
    import torch

    task, batch, labels, *_ = questions
    torch.manual_seed(5)
    numbers = torch.rand(3)
    torch.manual_seed(5)
    FineTuned(task, base=str(small_base), **{**QUICK, "epochs": 1}).fit(batch, labels, seed=1)
    assert (torch.rand(3) == numbers).all()


def test_the_folder_loads_with_plain_transformers(
    trained: FineTuned, questions: Any, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    _, batch, *_ = questions
    folder = tmp_path / "model"
    trained.save(folder)
    assert not [p for p in folder.rglob("*") if p.suffix in {".bin", ".pt", ".pkl"}]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.id2label == {0: "HUM", 1: "LOC", 2: "NUM"}
    texts = [example.text for example in batch.examples]
    with torch.inference_mode():
        logits = model.eval()(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    proba = torch.softmax(logits, dim=1).numpy()
    assert np.allclose(proba, trained.predict(batch).proba, atol=1e-5)
    loaded = FineTuned.load(folder, trained.task)
    assert np.allclose(loaded.predict(batch).proba, trained.predict(batch).proba, atol=1e-6)
    assert loaded.tuning == trained.tuning
    facts = json.loads((folder / "asknext.json").read_text())
    assert facts["base"]["revision"] == trained.fitted.base.revision
    assert "revision" in (folder / "README.md").read_text()


def test_saving_replaces_what_was_there(trained: FineTuned, tmp_path: Path) -> None:
    trained.save(tmp_path / "model")
    (tmp_path / "model" / "old.txt").write_text("old")
    trained.save(tmp_path / "model")
    assert not (tmp_path / "model" / "old.txt").exists()


def test_cancelling(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    seen: list[TrainStep] = []

    def until_the_third(step: TrainStep) -> bool:
        seen.append(step)
        return step.step < 3

    model = FineTuned(task, base=str(small_base), on_step=until_the_third, **QUICK)
    with pytest.raises(Cancelled, match="after 3 updates"):
        model.fit(batch, labels, seed=1)
    assert [step.step for step in seen] == [1, 2, 3]
    assert all(step.loss > 0 and step.memory > 0 and 0 < step.share < 1 for step in seen)
    assert seen[0].steps == 5 * 6
    with pytest.raises(NotReady):
        model.predict(batch)


def test_time_limit_keeps_what_was_learnt(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    model = FineTuned(task, base=str(small_base), time_limit=1e-9, **QUICK)
    fitted = model.fit(batch, labels, seed=1)
    assert fitted.facts["reason"] == "time_limit"
    assert fitted.facts["steps"] == 1


def test_memory_limit_says_what_to_choose(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    with pytest.raises(DoesNotFit, match="lora"):
        FineTuned(task, base=str(small_base), memory_limit=1e-3, **QUICK).fit(batch, labels, seed=1)


def test_stops_early_and_keeps_the_best_weights(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    noise = list(np.random.default_rng(0).permutation(labels))  # nothing to learn but by heart
    settings = {**QUICK, "epochs": 30, "hold_back": 0.4, "patience": 2}
    fitted = FineTuned(task, base=str(small_base), **settings).fit(batch, noise, seed=1)
    facts = fitted.facts
    assert facts["reason"] == "no_progress"
    assert facts["epochs"] < 30
    assert facts["labels"] + facts["held_back"] == 90
    best = max(zip(facts["held_quality"], [-x for x in facts["held_loss"]], strict=True))
    assert (
        best in list(zip(facts["held_quality"], [-x for x in facts["held_loss"]], strict=True))[:-2]
    )


def test_calibration_needs_enough_and_a_gain() -> None:
    problem = ClassificationProblem(("a", "b"))
    rng = np.random.default_rng(0)
    numbers = list(rng.integers(0, 2, 60))
    # Ten times too sure, and wrong one time in four.
    shown = [n if rng.random() < 0.75 else 1 - n for n in numbers]
    sure = [np.eye(2)[n] * 10.0 for n in shown]
    told = calibration(problem, sure, [np.int64(n) for n in numbers])
    assert told["calibrated"]
    assert told["temperature"] > 5
    assert told["after"] < told["before"]
    few = calibration(problem, sure[:49], [np.int64(n) for n in numbers[:49]])
    assert (few["temperature"], few["calibrated"]) == (1.0, False)
    honest = [np.eye(2)[n] * np.log(3) for n in shown]
    assert not calibration(problem, honest, [np.int64(n) for n in numbers])["calibrated"]


def test_a_fold_is_in_the_last_layer_and_comes_out_again() -> None:
    import torch

    classifier = torch.nn.Linear(5, 3)
    before = classifier.weight.detach().numpy().copy()
    shifted = classifier.bias.detach().numpy().copy()
    folded(classifier, Fold(0.5, 3.0))
    assert np.allclose(classifier.weight.detach().numpy(), before * 0.5)
    assert np.allclose(classifier.bias.detach().numpy(), shifted * 0.5 + 3.0)
    unfolded(classifier, Fold(0.5, 3.0))
    assert np.allclose(classifier.weight.detach().numpy(), before)
    assert np.allclose(classifier.bias.detach().numpy(), shifted, atol=1e-6)


def test_tail_average_differs_from_the_last_weights(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base)}
    last = FineTuned(task, **settings).fit(batch, labels, seed=1)
    mean = FineTuned(task, average="tail", **settings).fit(batch, labels, seed=1)
    one, two = (m.fitted.network.classifier.weight.detach().numpy() for m in (last, mean))
    assert not np.allclose(one, two)
    assert np.abs(one - two).max() < 0.5 * np.abs(one).max()


def test_warm_start_goes_on(small_base: Path, questions: Any, trained: FineTuned) -> None:
    task, batch, labels, *_ = questions
    before = trained.predict(batch).proba.copy()
    further = FineTuned(task, **STILL, base=str(small_base), policy="continue")
    warm, cold = (further.fit(batch, labels, seed=2, init=init) for init in (trained, None))
    assert (warm.facts["policy"], cold.facts["policy"]) == ("continue", "scratch")
    assert (trained.predict(batch).proba == before).all()
    assert np.allclose(warm.predict(batch).proba, before, atol=1e-4)
    assert not np.allclose(cold.predict(batch).proba, before, atol=0.1)


def test_a_new_class_leaves_the_known_ones_their_weights(trained: FineTuned) -> None:
    module = copy_of(trained.fitted.network.module)
    old = module.classifier.weight.detach().clone()
    wider = with_classes(module, ("HUM", "LOC", "NUM"), ("HUM", "NEW", "NUM"))
    assert (wider.classifier.weight[0] == old[0]).all()
    assert (wider.classifier.weight[2] == old[2]).all()
    assert (wider.classifier.weight[1] != old[1]).any()
    assert wider.config.id2label == {0: "HUM", 1: "NEW", 2: "NUM"}


def test_another_model_is_a_base(trained: FineTuned, questions: Any, tmp_path: Path) -> None:
    """From another project's model the encoder is taken, and the head where labels agree."""
    _, batch, labels, *_ = questions
    trained.save(tmp_path / "other")
    settings = {**QUICK, "base": str(tmp_path / "other"), "learning_rate": 1e-9}
    settings |= {"head_rate": 1e-9, "epochs": 1}
    known = trained.predict(batch).proba
    same = FineTuned(trained.task, **settings).fit(batch, labels, seed=9).predict(batch)
    assert np.allclose(same.proba, known, atol=1e-4)
    renamed = {"HUM": "who", "LOC": "where", "NUM": "NUM"}
    task = Classification(tuple(renamed.values()))
    new = [renamed[label] for label in labels]
    further = FineTuned(task, **settings).fit(batch, new, seed=9)
    one, two = (m.fitted.network.classifier.weight for m in (trained, further))
    assert np.allclose(one[2].detach(), two[2].detach(), atol=1e-5)
    assert not np.allclose(one[0].detach(), two[0].detach(), atol=1e-2)
    assert further.fitted.base.revision != trained.fitted.base.revision


def test_replay_learns_from_new_labels_and_some_old_ones(
    small_base: Path, questions: Any, tmp_path: Path
) -> None:
    task, batch, labels, *_ = questions
    examples = list(batch.examples)
    settings = {**QUICK, "base": str(small_base), "policy": "replay:10", "epochs": 1}
    first = FineTuned(task, **settings).fit(batch_of(examples[:60]), labels[:60], seed=1)
    assert first.facts["labels"] == 60
    first.save(tmp_path / "first")
    again = FineTuned.load(tmp_path / "first", task)
    second = FineTuned(task, **settings).fit(batch, labels, seed=1, init=again)
    assert second.facts["labels"] == 30 + 10
    changed = [*labels[:-1], "LOC" if labels[-1] != "LOC" else "HUM"]
    third = FineTuned(task, **settings).fit(batch, changed, seed=1, init=second)
    assert third.facts["labels"] == 1 + 10


def test_scratch_takes_nothing_over(small_base: Path, questions: Any, trained: FineTuned) -> None:
    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base), "epochs": 1}
    one = FineTuned(task, **settings).fit(batch, labels, seed=1, init=trained)
    two = FineTuned(task, **settings).fit(batch, labels, seed=1)
    assert (one.predict(batch).proba == two.predict(batch).proba).all()


def test_weight_zero_means_not_there(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    weights = np.array([float(label != "LOC") for label in labels])
    settings = {**QUICK, "base": str(small_base), "epochs": 1}
    fitted = FineTuned(task, **settings).fit(batch, labels, seed=1, weights=weights)
    assert fitted.classes == ("HUM", "NUM")


@pytest.mark.parametrize("how", ["lora", "head"])
def test_partial_tuning_leaves_the_encoder(
    how: str, small_base: Path, questions: Any, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base), "how": how, "learning_rate": 5e-3}
    fitted = FineTuned(task, **settings).fit(batch, labels, seed=1)
    assert fitted.facts["loss"][-1] < fitted.facts["loss"][0]
    fitted.save(tmp_path / "model")
    base, now = load_file(small_base / "model.safetensors"), fitted.fitted.network.module
    weights = now.state_dict()
    words = "bert.embeddings.word_embeddings.weight"
    inner = "bert.encoder.layer.0.attention.self.query.weight"
    assert (weights[words] == base[words]).all()
    assert (weights[inner] == base[inner]).all().item() is (how == "head")
    assert (tmp_path / "model" / "adapter" / "adapter_config.json").exists() is (how == "lora")


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft's own
def test_adapters_on_the_base_give_the_merged_model(
    small_base: Path, questions: Any, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base), "how": "lora", "learning_rate": 5e-3}
    fitted = FineTuned(task, **settings).fit(batch, labels, seed=1)
    fitted.save(tmp_path / "model")
    plain = AutoModelForSequenceClassification.from_pretrained(small_base, num_labels=3)
    joined = PeftModel.from_pretrained(plain, tmp_path / "model" / "adapter").eval()
    tokens = AutoTokenizer.from_pretrained(tmp_path / "model")
    texts = [example.text for example in batch.examples]
    with torch.inference_mode():
        logits = joined(**tokens(texts, padding=True, return_tensors="pt")).logits
    assert np.allclose(torch.softmax(logits, 1).numpy(), fitted.predict(batch).proba, atol=1e-4)
    loaded = FineTuned.load(tmp_path / "model", task)
    further = FineTuned(task, **{**settings, **STILL, "policy": "adapters"})
    warm, cold = (further.fit(batch, labels, seed=2, init=i) for i in (loaded, None))
    proba = fitted.predict(batch).proba
    assert np.allclose(warm.predict(batch).proba, proba, atol=1e-4)
    assert not np.allclose(cold.predict(batch).proba, proba, atol=0.1)


def test_an_ensemble_disagrees_and_is_saved(
    small_base: Path, questions: Any, tmp_path: Path
) -> None:
    task, batch, labels, *_ = questions
    settings = {**QUICK, "base": str(small_base), "seeds": 2, "epochs": 2}
    fitted = FineTuned(task, **settings).fit(batch, labels, seed=1)
    prediction = fitted.predict(batch)
    members = prediction.array("committee_proba")
    assert members.shape == (2, 90, 3)
    assert np.abs(members[0] - members[1]).max() > 0.01
    assert np.allclose(members.mean(axis=0), prediction.proba, atol=1e-6)
    fitted.save(tmp_path / "model")
    again = FineTuned.load(tmp_path / "model", task).predict(batch)
    assert np.allclose(again.array("committee_proba"), members, atol=1e-6)


def test_refusals(small_base: Path, questions: Any, trained: FineTuned, tmp_path: Path) -> None:
    task, batch, labels, *_ = questions
    with pytest.raises(Unsupported, match="seq2seq"):
        FineTuned(Generation())
    with pytest.raises(InvalidInput, match="no setting magic"):
        FineTuned(task, magic=1)
    with pytest.raises(InvalidInput, match="full, lora, head"):
        FineTuned(task, how="half")
    with pytest.raises(InvalidInput, match="replay"):
        FineTuned(task, policy="sometimes")
    model = FineTuned(task, base=str(small_base), **QUICK)
    with pytest.raises(InvalidInput, match="pear"):
        model.fit(batch, ["pear", *labels[1:]], seed=0)
    with pytest.raises(InvalidInput, match="no labels"):
        model.fit(batch_of([]), [], seed=0)
    trained.save(tmp_path / "model")
    with pytest.raises(InvalidInput, match="classification"):
        FineTuned.load(tmp_path / "model", Generation())


def test_one_class_alone(small_base: Path, questions: Any) -> None:
    task, batch, *_ = questions
    settings = {**QUICK, "base": str(small_base), "epochs": 1}
    fitted = FineTuned(task, **settings).fit(batch, ["NUM"] * 90, seed=1)
    prediction = fitted.predict(batch)
    assert prediction.classes == ("NUM",)
    assert (prediction.proba == 1).all()


def test_frozen_word_pieces_stay_as_they_were(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    tables = {}
    for choice in ("frozen", "learnt"):
        quick = {**QUICK, "epochs": 1, "embeddings": choice}
        trained = FineTuned(task, base=str(small_base), **quick).fit(batch, labels, seed=3)
        tables[choice] = trained.fitted.network.module.get_input_embeddings().weight.detach()
    base = load_module(small_base, "AutoModel").get_input_embeddings().weight.detach()
    assert bool((tables["frozen"] == base).all())
    assert not bool((tables["learnt"] == base).all())


def test_half_the_effort_is_half_the_updates(small_base: Path, questions: Any) -> None:
    task, batch, labels, *_ = questions
    quick = {**QUICK, "epochs": 4, "batch": 30}
    whole, half = (
        FineTuned(task, base=str(small_base), effort=effort, **quick).fit(batch, labels, seed=3)
        for effort in (1.0, 0.5)
    )
    assert (whole.facts["steps"], half.facts["steps"]) == (12, 6)

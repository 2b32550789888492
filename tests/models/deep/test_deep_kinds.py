"""Fine-tuning for several labels, numbers, spans and preferences, on real texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.spans import MASKED
from asknext.core.tasks import MultiLabel, Preference, Regression, Tagging
from asknext.models.deep.finetuned import FineTuned
from tests.models.deep.conftest import LEARNT, batch_of, drawn, need, small_bert

pytestmark = pytest.mark.slow
need("torch", "hf")

RowsOf = Callable[..., list[dict[str, Any]]]
QUICK: dict[str, Any] = {"learning_rate": 4e-3, "head_rate": 4e-3, "epochs": 5} | LEARNT


def examples_of(rows: list[dict[str, Any]], *names: str) -> list[Example]:
    return [
        Example(id=str(i), fields={name: row[name] for name in names}) for i, row in enumerate(rows)
    ]


def test_several_labels(small_base: Path, shared_rows: RowsOf, tmp_path: Path) -> None:
    rows = drawn([r for r in shared_rows("trec6") if r["label"] in ("HUM", "NUM")], 100)
    # What is asked for, and how the question begins.
    labels = [
        [
            name
            for name, yes in (("who", r["label"] == "HUM"), ("wh", r["text"][:3] == "Who"))
            if yes
        ]
        for r in rows
    ]
    task = MultiLabel(("who", "wh", "never"))
    batch = batch_of(examples_of(rows, "text"))
    fitted = FineTuned(task, base=str(small_base), class_weights="balanced", **QUICK).fit(
        batch, labels, seed=1
    )
    said = task.values(fitted.predict(batch))
    right = [a == b for a, b in zip(said, labels, strict=True)]
    most = max(map(labels.count, labels)) / 100
    assert np.mean(right) > most
    assert fitted.predict(batch).array("label_proba")[:, 2].max() < 0.5
    fitted.save(tmp_path / "model")
    again = FineTuned.load(tmp_path / "model", task).predict(batch)
    assert np.allclose(
        again.array("label_proba"), fitted.predict(batch).array("label_proba"), atol=1e-6
    )


def test_numbers_are_on_their_scale(small_base: Path, shared_rows: RowsOf, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    rows = drawn(shared_rows("trec6"), 100)
    numbers = [300.0 + 2 * len(r["text"]) for r in rows]  # how long a question is
    task = Regression(300.0, 700.0)
    batch = batch_of(examples_of(rows, "text"))
    settings = {**QUICK, "base": str(small_base), "epochs": 12, "patience": 12}
    fitted = FineTuned(task, **settings).fit(batch, numbers, seed=1)
    prediction = fitted.predict(batch)
    error = float(np.mean((prediction.array("mean") - numbers) ** 2))
    assert error < 0.5 * np.var(numbers)
    assert fitted.facts["held_back"] == 20
    variance = prediction.array("variance")
    assert (variance == fitted.facts["residual_variance"]).all()
    assert 1 < variance[0] < 2 * np.var(numbers)
    fitted.save(tmp_path / "model")
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    with torch.inference_mode():
        texts = [example.text for example in batch.examples]
        plain = model(**tokenizer(texts, padding=True, return_tensors="pt")).logits[:, 0].numpy()
    assert np.allclose(plain, prediction.array("mean"), rtol=1e-4)
    still = {**settings, "learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1}
    further = FineTuned(task, **still, policy="continue")
    warm, cold = (further.fit(batch, numbers, seed=2, init=init) for init in (fitted, None))
    mean = prediction.array("mean")
    assert np.allclose(warm.predict(batch).array("mean"), mean, rtol=1e-3)
    assert not np.allclose(cold.predict(batch).array("mean"), mean, rtol=0.1)


def test_few_numbers_have_the_variance_of_the_labels(small_base: Path) -> None:
    batch = batch_of([text_example(text) for text in ("one", "two", "three")])
    fitted = FineTuned(Regression(0, 9), base=str(small_base), **QUICK).fit(
        batch, [1.0, 4.0, 7.0], seed=1
    )
    assert fitted.facts["residual_variance"] == pytest.approx(6.0)


def test_numbers_have_no_class_weights(small_base: Path) -> None:
    batch = batch_of([text_example(text) for text in ("one", "two", "three")])
    model = FineTuned(Regression(), base=str(small_base), class_weights="balanced", **QUICK)
    with pytest.raises(Unsupported, match="equal"):
        model.fit(batch, [0.1, 0.2, 0.3], seed=1)


def spans_of(row: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Join the words of a tagged row and mark its spans."""
    text, spans, before = "", [], "O"
    for word, tag in zip(row["tokens"], row["tags"], strict=True):
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        way, _, label = tag.partition("-")
        if way == "I" and before.partition("-")[2] == label and spans:
            spans[-1]["end"] = len(text)
        elif tag != "O":
            spans.append({"start": start, "end": len(text), "label": label})
        before = tag
    return text, spans


@pytest.fixture(scope="module")
def marked(shared_rows: RowsOf) -> list[tuple[str, list[dict[str, Any]]]]:
    rows = drawn(shared_rows("snips_slots"), 120)
    return [spans_of(row) for row in rows]


def test_spans(marked: list[tuple[str, list[dict[str, Any]]]], tmp_path: Path) -> None:
    names = tuple(sorted({s["label"] for _, spans in marked for s in spans}))
    task = Tagging(names)
    base = small_bert(tmp_path / "base", [text for text, _ in marked], pieces=1500)
    examples = [text_example(text) for text, _ in marked]
    labels = [spans for _, spans in marked]
    settings = {**QUICK, "base": str(base), "epochs": 12}
    fitted = FineTuned(task, **settings).fit(batch_of(examples), labels, seed=1)
    assert fitted.facts["loss"][-1] < 0.5 * fitted.facts["loss"][0]
    said = task.values(fitted.predict(batch_of(examples)))
    given = {(i, s["start"], s["end"], s["label"]) for i, one in enumerate(labels) for s in one}
    found = {(i, s["start"], s["end"], s["label"]) for i, one in enumerate(said) for s in one}
    assert len(given & found) > 0.4 * len(given)
    for example, spans in zip(examples, said, strict=True):
        task.validate(spans, example.fields)
    fitted.save(tmp_path / "model")
    again = FineTuned.load(tmp_path / "model", task).predict(batch_of(examples))
    one, two = again.array("token_proba"), fitted.predict(batch_of(examples)).array("token_proba")
    assert np.allclose(one.values, two.values, atol=1e-5)
    assert one.offsets.tolist() == two.offsets.tolist()


def test_what_nobody_judged_is_not_learnt(tmp_path: Path) -> None:
    task = Tagging(("X",))
    text = "red fox and blue fox"
    base = small_bert(tmp_path / "base", [text])
    example = text_example(text)
    model = FineTuned(task, base=str(base), **QUICK)
    fitted = model.fit(batch_of([example]), [[{"start": 4, "end": 7, "label": "X"}]], seed=1)
    problem, tokenizer = fitted.fitted.problem, fitted.fitted.tokenizer
    rows = problem.rows(tokenizer, [example], 32)
    partly = [{"start": 4, "end": 7, "label": "X"}, {"start": 8, "end": 20, "label": None}]
    (target,) = problem.targets(rows, [partly], problem.fold([partly]))
    words = tokenizer.convert_ids_to_tokens(rows.rows[0].inputs["input_ids"])
    assert dict(zip(words[1:3], target[1:3].tolist(), strict=True)) == {"red": 0, "fox": 1}
    assert set(target[3:].tolist()) == {MASKED}
    assert target[0] == MASKED


@pytest.mark.parametrize(
    "text",
    [
        "Bo met Ann in Rome",
        "小明昨天在北京见到了李华。",
        "a👍🏽b 🎉 c\u200bd  e\tf\n g",
        "مرحبا بك في بيروت يا سعيد",
        "cafe\u0301 naïve İstanbul ﬁn",
        "",
        "   ",
    ],
)
def test_every_character_is_found_in_one_token(text: str, tmp_path: Path) -> None:
    task = Tagging(("X",))
    base = small_bert(tmp_path / "base", [text or "x", "abc"], pieces=200)
    example = text_example(text)
    batch = batch_of([example, text_example("abc")])
    settings = {**QUICK, "base": str(base), "epochs": 1, "max_tokens": 12}
    fitted = FineTuned(task, **settings).fit(
        batch, [[], [{"start": 0, "end": 3, "label": "X"}]], seed=1
    )
    prediction = fitted.predict(batch)
    places = prediction.array("token_places")[0]
    assert (places[:, 0] < places[:, 1]).all()
    covered = {i for start, end in places.tolist() for i in range(start, end)}
    plain = {i for i, char in enumerate(text) if char.isalnum()}
    assert plain <= covered
    assert not any(text[start].isspace() or text[end - 1].isspace() for start, end in places)
    assert (np.diff(places[:, 0]) >= 0).all()


def test_long_texts_are_read_in_windows(tmp_path: Path) -> None:
    words = [f"w{i % 7}" for i in range(60)]
    text = " ".join(words)
    base = small_bert(tmp_path / "base", [text])
    task = Tagging(("X",))
    spans = [
        {"start": m, "end": m + 2, "label": "X"}
        for m in (i for i in range(len(text)) if text[i : i + 2] == "w3")
    ]
    batch = batch_of([text_example(text)])
    settings = {**QUICK, "base": str(base), "epochs": 40, "max_tokens": 16}
    fitted = FineTuned(task, **settings).fit(batch, [spans], seed=1)
    prediction = fitted.predict(batch)
    places = prediction.array("token_places")[0]
    assert [text[start:end] for start, end in places if text[start] == "w"] == words
    assert len(np.unique(places, axis=0)) == len(places)
    assert task.values(prediction)[0] == spans


def test_preferences(small_base: Path, shared_rows: RowsOf, tmp_path: Path) -> None:
    rows = drawn(shared_rows("trec6"), 80)
    short = [" ".join(r["text"].split()[:3]) for r in rows]
    # The better answer repeats the question; the worse one is about something else.
    examples, labels = [], []
    for i, row in enumerate(rows):
        good, bad = "yes indeed", "not at all"
        a, b = (good, bad) if i % 2 else (bad, good)
        examples.append(Example(id=str(i), fields={"text": short[i], "a": a, "b": b}))
        labels.append("tie" if i % 10 == 0 else ("a" if i % 2 else "b"))
        assert row["text"]
    task = Preference()
    fitted = FineTuned(task, base=str(small_base), **QUICK).fit(batch_of(examples), labels, seed=1)
    prediction = fitted.predict(batch_of(examples))
    said = task.values(prediction)
    clear = [i for i, label in enumerate(labels) if label != "tie"]
    assert np.mean([said[i] == labels[i] for i in clear]) > 0.9
    swapped = [
        Example(id=e.id, fields={**e.fields, "a": e.fields["b"], "b": e.fields["a"]})
        for e in examples
    ]
    gap = fitted.predict(batch_of(swapped)).array("reward_gap")
    assert np.allclose(gap, -prediction.array("reward_gap"), atol=1e-4)
    assert prediction.array("pair_difference").shape == (80, 2 * 64)
    fitted.save(tmp_path / "model")
    again = FineTuned.load(tmp_path / "model", task).predict(batch_of(examples))
    assert np.allclose(again.array("reward_gap"), prediction.array("reward_gap"), atol=1e-5)
    with pytest.raises(InvalidInput, match="a, b, tie, bad"):
        FineTuned(task, base=str(small_base)).fit(batch_of(examples), ["c"] * 80, seed=1)

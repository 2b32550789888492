"""Metrics of the five further tasks, against scikit-learn, scipy, sacrebleu and plain loops."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.tasks import Generation, MultiLabel, Preference, Regression, Tagging

LABELS = ("food", "服务", "price", "unused")
TASKS = [
    MultiLabel(LABELS),
    Regression(1.0, 5.0),
    Tagging(LABELS),
    Generation(),
    Preference(),
]


def metrics(task: Any) -> Any:
    if task.kind == "generation":
        pytest.importorskip("sacrebleu", reason="needs the extra 'gen'")
    return registry.get("metrics", task.kind)(task)


def sets(n: int, role: str) -> np.ndarray:
    table = generator(n, role).random((n, len(LABELS))) < 0.3
    table[:, -1] = False
    return table


def named(table: np.ndarray) -> list[list[str]]:
    return [[LABELS[i] for i in np.flatnonzero(row)] for row in table]


def test_multi_label_is_that_of_scikit_learn() -> None:
    said, there = sets(200, "said"), sets(200, "there")
    there[:100] = said[:100]
    ours = metrics(MultiLabel(LABELS))
    found = ours.summary(named(said), named(there))
    # Two empty sets are equal, hence 1.
    assert found["sample_f1"] == pytest.approx(
        f1_score(there, said, average="samples", zero_division=1)
    )
    assert found["sample_f1"] == pytest.approx(ours.scores(named(said), named(there)).mean())
    assert found["micro_f1"] == pytest.approx(f1_score(there, said, average="micro"))
    assert found["macro_f1"] == pytest.approx(f1_score(there[:, :3], said[:, :3], average="macro"))
    assert found["exact_match"] == pytest.approx(accuracy_score(there, said))
    assert found["per_label"]["服务"]["support"] == there[:, 1].sum()
    assert found["per_label"]["unused"] == {
        "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0,
    }  # fmt: skip
    with pytest.raises(InvalidInput, match="outside the task: pear"):
        ours.summary([["pear"]], [[]])


def test_regression_is_that_of_the_formulas() -> None:
    rng = generator(0, "regression")
    there = rng.uniform(1, 5, 100)
    said = there + rng.normal(0, 0.5, 100)
    ours = metrics(Regression(1.0, 5.0))
    found = ours.summary(said.tolist(), there.tolist())
    errors = said - there
    assert ours.scores(said, there) == pytest.approx(1 - np.abs(errors) / 4)
    assert found["mae"] == pytest.approx(np.abs(errors).mean())
    assert found["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert found["pearson"] == pytest.approx(np.corrcoef(said, there)[0, 1])
    ranks = [np.argsort(np.argsort(side)) for side in (said, there)]
    assert found["spearman"] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert found["r2"] == pytest.approx(1 - (errors**2).sum() / ((there - there.mean()) ** 2).sum())


@pytest.mark.parametrize(("said", "there"), [([2.0], [3.0]), ([2.0, 2.0], [3.0, 3.0])])
def test_a_correlation_with_a_constant_is_unknown(said: list[float], there: list[float]) -> None:
    found = metrics(Regression(1.0, 5.0)).summary(said, there)
    assert (found["pearson"], found["spearman"], found["r2"]) == (None, None, None)
    assert (found["mae"], found["closeness"]) == (1.0, 0.75)


def span(start: int, end: int, label: str | None) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


def test_only_exact_spans_are_right() -> None:
    there = [[span(0, 3, "food"), span(5, 9, "price")], [span(2, 4, "服务")], [], []]
    said = [
        [span(0, 3, "food"), span(5, 8, "price")],  # one end is wrong
        [span(2, 4, "food")],  # the label is wrong
        [],
        [span(0, 1, "food")],
    ]
    ours = metrics(Tagging(LABELS))
    assert ours.scores(said, there).tolist() == [0.5, 0.0, 1.0, 0.0]
    found = ours.summary(said, there)
    assert (found["precision"], found["recall"], found["support"]) == (1 / 4, 1 / 3, 3)
    assert found["f1"] == pytest.approx(2 / 7)
    assert found["exact_match"] == 0.25
    assert found["per_label"]["food"] == {
        "precision": 1 / 3, "recall": 1.0, "f1": 0.5, "support": 1,
    }  # fmt: skip


def test_what_nobody_judged_is_left_out() -> None:
    there = [[span(0, 3, "food"), span(5, 9, None)]]
    ours = metrics(Tagging(LABELS))
    assert ours.scores([[span(0, 3, "food"), span(8, 12, "price")]], there).tolist() == [1.0]
    assert ours.scores([[span(0, 3, "food"), span(9, 12, "price")]], there).tolist() == [2 / 3]
    assert ours.summary([[]], there)["support"] == 1


def test_texts_are_measured_by_sacrebleu() -> None:
    sacrebleu = pytest.importorskip("sacrebleu", reason="needs the extra 'gen'")
    said = ["the cat sat on the mat today", "hello there", "x"]
    there = ["the cat sat on the mat", "hello there", "something else"]
    ours = metrics(Generation())
    scores = ours.scores(said, there)
    assert scores[1] == pytest.approx(1.0)
    assert 0.8 < scores[0] < 1.0
    found = ours.summary(said, there)
    assert found["bleu"] == pytest.approx(sacrebleu.corpus_bleu(said, [there]).score)
    assert found["corpus_chrf"] == pytest.approx(sacrebleu.corpus_chrf(said, [there]).score)
    assert found["chrf"] == pytest.approx(scores.mean())
    assert found["exact_match"] == pytest.approx(1 / 3)


def test_chinese_is_split_into_characters_for_bleu() -> None:
    found = metrics(Generation()).summary(["您的订单明天送到"], ["您的订单后天送到"])
    assert "tok:zh" in found["signature"]
    assert 30 < found["bleu"] < 100  # as one "word" it would be 0


def test_ties_count_half() -> None:
    said = ["a", "b", "a", "a", "tie"]
    there = ["a", "a", "tie", "bad", "b"]
    found = metrics(Preference()).summary(said, there)
    assert found["accuracy"] == pytest.approx((1 + 0 + 0.5 + 0.5 + 0.5) / 5)
    assert (found["decided"], found["decided_accuracy"]) == (3, 0.5)
    assert found["said"] == {"a": 3, "b": 1, "tie": 1, "bad": 0}
    assert found["there"] == {"a": 2, "b": 1, "tie": 1, "bad": 1}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.kind)
def test_every_summary_holds_its_metric(task: Any) -> None:
    ours = metrics(task)
    nothing = ours.summary([], [])
    assert (nothing["n"], nothing[ours.metric]) == (0, None)
    assert (nothing["low"], nothing["high"]) == (0.0, 1.0)
    assert len(ours.scores([], [])) == 0
    json.dumps(nothing, allow_nan=False)
    with pytest.raises(InvalidInput, match="differ in number: 0 and 1"):
        ours.scores([], [ours])

"""Figures of each class with intervals: values as scikit-learn's, coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.per_class import class_figures

LABELS = ["a", "b", "c"]
SHARES = np.array([0.5, 0.3, 0.2])
CONFUSION = np.array([[0.85, 0.1, 0.05], [0.2, 0.7, 0.1], [0.1, 0.1, 0.8]])
JOINT = SHARES[:, None] * CONFUSION


def drawn(seed: int, n: int) -> tuple[list[list[str]], list[list[str]]]:
    cells = generator(seed, "per class", n).choice(9, size=n, p=JOINT.ravel())
    actual, said = np.divmod(cells, 3)
    return [[LABELS[i]] for i in said], [[LABELS[i]] for i in actual]


def test_the_values_are_those_of_scikit_learn() -> None:
    said, there = drawn(0, 80)
    found = class_figures(said, there, LABELS, rng=generator(0, "b"))
    flat = [x[0] for x in there], [x[0] for x in said]
    for score, name in ((precision_score, "precision"), (recall_score, "recall")):
        ours = [row[name]["estimate"] for row in found["per_class"]]
        assert ours == pytest.approx(score(*flat, average=None, labels=LABELS))
    macro = f1_score(*flat, average="macro", labels=LABELS)
    assert found["macro_f1"]["estimate"] == pytest.approx(macro)


def test_intervals_cover_the_truth() -> None:
    right = JOINT.diagonal()
    f1 = 2 * right / (JOINT.sum(axis=0) + JOINT.sum(axis=1))
    truth = {"precision": right / JOINT.sum(axis=0), "recall": CONFUSION.diagonal(), "f1": f1}
    inside: dict[str, list[bool]] = {name: [] for name in (*truth, "macro")}
    for seed in range(100):
        found = class_figures(*drawn(seed, 60), LABELS, rng=generator(seed, "b"))
        macro = found["macro_f1"]
        inside["macro"].append(macro["low"] <= f1.mean() <= macro["high"])
        for name, values in truth.items():
            for row, value in zip(found["per_class"], values, strict=True):
                inside[name].append(row[name]["low"] <= value <= row[name]["high"])
    for name, held in inside.items():
        assert 0.9 <= np.mean(held) <= 0.99, name


def test_sets_of_labels_count_each_label() -> None:
    found = class_figures([["a", "b"], []], [["a"], ["b"]], LABELS, rng=generator(0, "b"))
    a, b, c = found["per_class"]
    assert (a["f1"]["estimate"], b["precision"]["estimate"], b["recall"]["estimate"]) == (1, 0, 0)
    assert (c["precision"], c["recall"], c["f1"], c["support"]) == (None, None, None, 0)


def test_too_few_answers_have_no_macro_figure() -> None:
    found = class_figures(*drawn(0, 14), LABELS, rng=generator(0, "b"))
    assert found["macro_f1"] is None
    assert class_figures([], [], LABELS, rng=generator(0, "b"))["macro_f1"] is None


def test_the_same_generator_gives_the_same_interval() -> None:
    one, two = (class_figures(*drawn(3, 40), LABELS, rng=generator(1, "b")) for _ in range(2))
    assert one == two


def test_pairs_are_needed() -> None:
    with pytest.raises(InvalidInput, match="differ in number"):
        class_figures([["a"]], [], LABELS, rng=generator(0, "b"))

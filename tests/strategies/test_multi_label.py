"""Several labels a text: foldings of the doubt, label counts, thresholds of their own."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.uncertainty.label_sets import (
    AdaptiveThresholds,
    LabelCardinality,
    thresholds,
)
from asknext.strategies.uncertainty.multi_label import MultiLabelMax, MultiLabelMean, MultiLabelMin

NAMES = ("billing", "refund", "发货")
LABELS = (["billing"], ["billing", "发货"], [], ["billing", "refund"], "refund")  # mean 6 / 5


def doubt(row):
    return [1 - abs(2 * p - 1) for p in row]


FOLDED = {
    MultiLabelMean: lambda row: sum(doubt(row)) / len(row),
    MultiLabelMax: lambda row: max(doubt(row)),
    MultiLabelMin: lambda row: min(doubt(row)),
}
EACH = [*FOLDED, LabelCardinality, AdaptiveThresholds]
each_folding = pytest.mark.parametrize("strategy", FOLDED, ids=lambda s: s.name)
each = pytest.mark.parametrize("strategy", EACH, ids=lambda s: s.name)


def make_proba(seed, n=40, labels=3):
    return generator(seed, "labels").integers(0, 17, (n, labels)) / 16  # many ties


def make_view(proba, labels=(), classes=NAMES):
    return View(
        [f"text {i}" for i in range(len(proba))],
        arrays={"label_proba": proba},
        labelled=range(len(labels)),
        labels=labels,
        classes=classes,
    )


@each_folding
@pytest.mark.parametrize("seed", range(6))
def test_foldings_are_those_of_loops(strategy, seed, assert_ranked):
    proba = make_proba(seed)
    slow = [FOLDED[strategy](row) for row in proba.tolist()]
    assert_ranked(strategy(), make_view(proba), slow, seed=seed)


@pytest.mark.parametrize(("labels", "usual"), [(LABELS, 1.2), ((), None)])
@pytest.mark.parametrize("seed", range(4))
def test_cardinality_is_off_from_the_mean_number_of_labels(seed, labels, usual, assert_ranked):
    proba = make_proba(seed)
    usual = proba.sum() / len(proba) if usual is None else usual
    slow = [abs(sum(p > 0.5 for p in row) - usual) for row in proba.tolist()]
    assert_ranked(LabelCardinality(), make_view(proba, labels), slow, seed=seed)


def slow_closeness(row, cut):
    found = [
        1 - ((p - t) / (1 - t) if p >= t else (t - p) / t) for p, t in zip(row, cut, strict=True)
    ]
    return sum(found) / len(found)


@pytest.mark.parametrize("seed", range(4))
def test_adaptive_thresholds_are_those_of_loops(seed, assert_ranked):
    proba = generator(seed).random((40, 3)) ** 3
    # Three of five answers have billing, two refund, one 发货; half a count is added.
    share = [3.5 / 6, 2.5 / 6, 1.5 / 6]
    cut = [np.quantile(proba[:, i], 1 - share[i]) for i in range(3)]
    slow = [slow_closeness(row, cut) for row in proba.tolist()]
    assert_ranked(AdaptiveThresholds(), make_view(proba, LABELS), slow, seed=seed)


def test_a_threshold_lies_where_as_large_a_share_is_above_as_had_the_label():
    proba = generator(1).random((1000, 3))
    labels = [["billing"]] * 899 + [["发货"]] * 100
    cut = thresholds(make_view(proba, labels))
    above = (proba > cut).mean(axis=0)
    assert above.tolist() == pytest.approx([0.9, 0.0, 0.1], abs=2e-3)


@pytest.mark.parametrize(("labels", "classes"), [((), NAMES), (LABELS, ()), (LABELS, NAMES[:2])])
def test_even_thresholds_are_the_mean_doubt(labels, classes):
    proba = make_proba(5)
    view = make_view(proba, labels, classes)
    expected = MultiLabelMean().score(view).tolist()
    assert AdaptiveThresholds().score(view).tolist() == pytest.approx(expected)


def test_a_rare_label_is_asked_about_near_its_own_threshold():
    # No probability of 发货 reaches 0.5, and one label in twenty is 发货.
    proba = np.column_stack([np.full(100, 0.999), np.linspace(0, 0.2, 100)])
    labels = [["发货"]] * 5 + [[]] * 95
    view = make_view(proba, labels, ("billing", "发货"))
    assert MultiLabelMean().select(view, 1, generator(0)).ids == ["text 99"]
    found = AdaptiveThresholds().select(view, 1, generator(0)).ids
    assert found[0] in {"text 93", "text 94", "text 95"}


@each
def test_kind_of_number_memory_map_and_block_do_not_change_the_picks(strategy, monkeypatch):
    proba = make_proba(7, n=90)  # sixteenths are exact in float16
    expected = strategy().select(make_view(proba, LABELS), 90, generator(1)).ids
    for kind in (np.float16, np.float32):
        found = strategy().select(make_view(proba.astype(kind), LABELS), 90, generator(1)).ids
        assert found == expected
    monkeypatch.setattr("asknext.strategies.uncertainty.multi_label.STRIP", 7)
    rows = Rows(proba[::-1], np.arange(90)[::-1])
    assert strategy().select(make_view(rows, LABELS), 90, generator(1)).ids == expected


@each
@pytest.mark.parametrize(
    ("proba", "message"),
    [
        (np.full((2, 3), 1.5), r"label_proba holds numbers outside \[0, 1\]"),
        (np.full((2, 3), -0.1), r"label_proba holds numbers outside \[0, 1\]"),
        (np.array([[0.1, 0.2, 0.3], [0.1, np.nan, 0.3]]), "first (is|for) 'text 1'"),
        (np.full(2, 0.5), r"label_proba has shape \(2,\)"),
        (np.empty((2, 0)), r"label_proba has shape \(2, 0\)"),
    ],
)
def test_unusable_probabilities_are_refused(strategy, proba, message):
    with pytest.raises(InvalidInput, match=message):
        strategy().select(make_view(proba, LABELS), 1, generator(0))


def test_reasons_name_the_label_in_doubt():
    view = make_view(np.array([[0.9, 0.45, 1.0]]), LABELS)
    reasons = [s().select(view, 1, generator(0)).picks[0].reason for s in EACH]
    assert reasons[0] == "the model is least sure whether “refund” applies (45%)"
    assert reasons[3] == "the model gives it 2 labels, 0.8 off the mean"
    view.classes = ()
    assert MultiLabelMax().select(view, 1, generator(0)).picks[0].reason == (
        "the model gives a label 45%, neither yes nor no"
    )


def test_cardinality_multiplies_with_another_ranking():
    made = build("product(multi_label_mean, label_cardinality)")
    assert made.tasks == {"multi_label"}
    proba = np.array([[0.6, 0.6, 0.6], [0.6, 0.4, 0.4], [1.0, 1.0, 1.0]])
    assert made.select(make_view(proba, LABELS), 1, generator(0)).ids == ["text 0"]

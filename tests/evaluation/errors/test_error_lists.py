"""The other lists: what is on them, in which order, and what is said about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from asknext.core.seeds import generator
from asknext.core.tasks import Generation, MultiLabel, Preference, Regression, Tagging
from asknext.evaluation.agreement import kappa
from asknext.evaluation.errors.confusions import confusions
from asknext.evaluation.errors.contradictions import contradictions
from asknext.evaluation.errors.difference import difference
from asknext.evaluation.errors.disagreements import disagreements
from asknext.evaluation.errors.dynamics import dynamics, regions
from asknext.evaluation.errors.evidence import Opinion
from asknext.evaluation.errors.mistakes import of_spans
from asknext.evaluation.errors.worst import worst
from asknext.evaluation.errors.written import types
from tests.evaluation.errors.making import evidence


def span(start: int, end: int, label: str | None = "PER") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


def test_confusions_count_and_show_what_the_model_was_surest_of() -> None:
    made = evidence(
        [1.0, 0.0, 0.0, 0.0, np.nan],
        actual=["a", "a", "a", "b", "a"],
        predicted=["a", "b", "b", "a", None],
        source=["out_of_fold", "before", "out_of_fold", "out_of_fold", ""],
        confidence=np.array([0.9, 0.6, 0.8, 0.7, np.nan]),
    )
    first, second = confusions(made)["items"]
    assert (first["name"], first["count"], first["ids"]) == ("a → b", 2, ["e2", "e1"])
    assert first["share"] == pytest.approx(2 / 3), "of those with this label that were judged"
    assert (first["before"], first["out_of_fold"]) == (1, 1)
    assert (second["name"], second["share"]) == ("b → a", 1.0)


def test_sets_are_confused_label_by_label() -> None:
    made = evidence(
        [0.5, 0.5],
        task=MultiLabel(("a", "b", "c")),
        actual=[["a", "b"], ["a"]],
        predicted=[["b"], ["a", "c"]],
    )
    names = [(item["name"], item["ids"]) for item in confusions(made)["items"]]
    assert names == [("a → – (missed)", ["e0"]), ("– → c (spurious)", ["e1"])]


@pytest.mark.parametrize(
    ("actual", "predicted", "found"),
    [
        ([span(0, 3)], [span(0, 3)], []),
        ([span(0, 3)], [span(0, 5)], ["boundary"]),
        ([span(0, 3)], [span(0, 3, "LOC")], ["label"]),
        ([span(0, 3)], [span(1, 3, "LOC")], ["boundary and label"]),
        ([span(0, 3)], [], ["missed"]),
        ([], [span(0, 3)], ["spurious"]),
        ([span(0, 3, None)], [span(1, 2)], []),
        ([span(0, 4)], [span(0, 2), span(2, 4)], ["boundary", "spurious"]),
    ],
)
def test_spans_go_wrong_in_five_ways(actual: Any, predicted: Any, found: list[str]) -> None:
    assert [mistake.type for mistake in of_spans(actual, predicted)] == found


def test_near_duplicates_with_different_labels_are_shown_side_by_side() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    made = evidence(
        [1.0] * 4,
        actual=["a", "b", "a", "b"],
        texts=["可以退款吗", "不可以退款吗", "one", "two"],
        near=np.array([0, 0, 2, 3]),
        vectors=vectors,
    )
    items = contradictions(made)["items"]
    assert [(item["ids"], item["by"]) for item in items] == [
        (["e0", "e1"], "near_duplicate"),
        (["e2", "e3"], "vectors"),
    ]
    assert items[0]["difference"][0] == {"op": "added", "text": "不"}
    same = evidence([1.0] * 2, near=np.array([0, 0]))
    assert contradictions(same)["items"] == []
    assert contradictions(same)["figures"] == {"contradictions": 0}


def test_comparisons_contradict_each_other_only_where_both_answers_are_nearly_equal() -> None:
    long = "You can send the parcel back within thirty days, and we pay for it"
    other = "Please write to the shop where you have bought it"
    chinese = "您可以在三十天内把包裹退回，运费由我们承担"
    made = evidence(
        [1.0] * 8,
        task=Preference(),
        actual=["a", "b", "b", "b", "a", "b", "a", "tie"],
        texts=["How do I send it back?"] * 4 + ["怎么退货？"] * 2 + ["Is it there?"] * 2,
        near=np.array([0, 0, 0, 3, 4, 5, 6, 7]),
        vectors=np.array([[1.0, 0.0]] * 4 + [[0.0, 1.0]] * 2 + [[-1.0, 0.0]] * 2),
        beside=[
            [long, other],
            [f"{long}.", other],  # contradicts the first
            [long, "No."],  # grouped by its prompt and one answer
            [other, long],  # the other way round
            [chinese, other],
            [f"{chinese}。", other],
            ["是", "No"],
            ["是", "No"],
        ],
    )
    found = contradictions(made)
    assert [(item["ids"], item["by"]) for item in found["items"]] == [
        (["e0", "e1"], "near_duplicate"),
        (["e4", "e5"], "vectors"),
        (["e6", "e7"], "vectors"),
    ]
    assert found["figures"] == {"contradictions": 3}


def test_texts_that_are_written_contradict_nothing() -> None:
    made = evidence(
        [0.5, 0.5],
        task=Generation(),
        actual=["Guten Tag", "Hallo"],
        near=np.array([0, 0]),
        vectors=np.array([[1.0, 0.0]] * 2),
    )
    found = contradictions(made)
    assert (found["items"], found["note"]) == (
        [],
        "texts that are written differ by themselves; see worst",
    )


def test_of_very_many_contradictions_the_most_alike_are_listed() -> None:
    rng = generator(0, "contradictions")
    vectors = np.column_stack([np.ones(400), rng.random(400) / 10])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = list(rng.choice(["a", "b"], 400))
    near = np.arange(400)
    near[300] = 0
    labels[0], labels[300] = "a", "b"
    found = contradictions(evidence([1.0] * 400, actual=labels, vectors=vectors, near=near))
    alike = (vectors @ vectors.T)[np.array(labels)[:, None] < np.array(labels)[None, :]]
    assert found["figures"] == {"contradictions": len(alike)}
    wanted = np.sort(alike)[::-1][:100]
    assert np.allclose([item["similarity"] for item in found["items"]], wanted, atol=1e-6)
    assert len({item["name"] for item in found["items"]}) == 100


def test_only_the_worst_hundred_are_described() -> None:
    made = evidence(
        [i / 200 for i in range(150)],
        task=Generation(),
        actual=["one two"] * 150,
        predicted=[""] * 150,
    )
    assert worst(made)["figures"] == {"wrong": 150, "types": {"empty": 100}}


def test_the_rest_of_a_long_text_stands_as_it_is() -> None:
    one, other = "a " * 400 + "b", "a " * 400 + "c"
    parts = difference(one, other)
    assert [part["op"] for part in parts] == ["same", "missing", "added"]
    assert "".join(part["text"] for part in parts if part["op"] != "added") == one


def test_people_who_disagree_come_before_the_model_that_does() -> None:
    said = [
        [Opinion("ann", "a"), Opinion("bob", "b")],
        [Opinion("bob", "a"), Opinion("ann", "a")],
        [Opinion("ann", "a")],
    ]
    made = evidence([1.0, 1.0, 0.0], said=said, confidence=np.array([0.5, 0.5, 0.9]))
    found = disagreements(made)
    assert [(item["id"], item["between"]) for item in found["items"]] == [
        ("e0", "people"),
        ("e2", "model"),
    ]
    [pair] = found["figures"]["kappa"]
    assert (pair["people"], pair["n"]) == (["ann", "bob"], 2)
    assert pair["kappa"] == kappa(["a", "a"], ["b", "a"])
    assert found["figures"]["model_kappa"] == kappa(["a"] * 3, ["a", "a", "b"])


def test_dynamics_tell_hard_ambiguous_and_easy_apart() -> None:
    """Simulated: what is wrong, what is learnt late, what is clear. Most land where they belong."""
    rng = generator(0, "dynamics")
    slopes = {"easy": (0.85, 0.95), "hard": (0.05, 0.1), "ambiguous": (0.15, 0.9)}
    kinds = np.repeat(list(slopes), 60)
    rise = np.linspace(0.0, 1.0, 4)[:, None]
    low, high = np.array([slopes[kind] for kind in kinds]).T
    stages = np.clip(low + (high - low) * rise + rng.normal(0, 0.05, (4, 180)), 0, 1)
    assert (regions(stages) == kinds).mean() > 0.9
    found = dynamics(evidence(np.ones(180), stages=stages))
    assert found["figures"]["models"] == 4
    first = [item["mean"] for item in found["items"] if item["region"] == "hard"]
    assert first == sorted(first)
    assert regions(np.full((3, 5), 0.8)).tolist() == ["easy"] * 5, "nothing changes"


def test_dynamics_need_two_models_and_leave_out_what_they_have_learnt() -> None:
    assert dynamics(evidence([1.0], stages=np.ones((1, 1))))["items"] == []
    stages = np.array([[0.1, np.nan], [0.2, np.nan]])
    found = dynamics(evidence([1.0, np.nan], stages=stages))
    assert [item["id"] for item in found["items"]] == ["e0"]


def test_worst_texts_come_with_their_difference_and_type() -> None:
    made = evidence(
        [0.9, 0.2, 1.0],
        task=Generation(),
        actual=["the red car", "a 12 m rope", "fine"],
        predicted=["the blue car", "", "fine"],
    )
    found = worst(made)
    assert [(item["id"], item["types"]) for item in found["items"]] == [
        ("e1", ["empty"]),
        ("e0", ["wording"]),
    ]
    assert found["figures"] == {"wrong": 2, "types": {"empty": 1, "wording": 1}}
    assert {"op": "missing", "text": "red"} in found["items"][1]["difference"]


@pytest.mark.parametrize(
    ("wanted", "given", "source", "found"),
    [
        ("Das Haus ist alt", "The house is old", "The house is old", ["copied"]),
        ("房子很旧", "the house", "", ["script"]),
        ("one two three four five", "one", "", ["short"]),
        ("好", "好 好 好 好", "", ["long", "repeated"]),
        ("pay 12.50", "pay 12,50", "", ["numbers"]),
        ("cats chase dogs", "dogs chase cats", "", ["order"]),
        ("big", "large", "", ["wording"]),
        (" same ", "same", "", []),
    ],
)
def test_errors_of_texts_have_types(wanted: str, given: str, source: str, found: list[str]) -> None:
    assert types(wanted, given, source) == found


def test_a_difference_holds_both_texts_whole() -> None:
    rng = generator(0, "difference")
    words = ["很", "好", "the", " ", "room", ",", "12"]
    for _ in range(50):
        one, other = ("".join(rng.choice(words, 8)) for _ in range(2))
        parts = difference(one, other)
        assert "".join(part["text"] for part in parts if part["op"] != "added") == one
        assert "".join(part["text"] for part in parts if part["op"] != "missing") == other


def test_numbers_say_how_far_off_they_are() -> None:
    made = evidence(
        [0.5, 0.9],
        task=Regression(low=0, high=10),
        actual=[3.0, 4.0],
        predicted=[8.0, 3.0],
    )
    assert [item["off"] for item in worst(made)["items"]] == [5.0, -1.0]
    assert confusions(made)["items"] == []


def test_of_numbers_only_the_worst_half_is_wrong() -> None:
    score = [0.99, 0.5, 0.98, 0.2, 0.97]
    made = evidence(score, task=Regression(low=0, high=10), actual=[3.0] * 5, predicted=[4.0] * 5)
    assert made.wrong.tolist() == [False, True, False, True, False]
    assert evidence(score).wrong.all(), "of labels all that is not right"


def test_tagging_counts_types() -> None:
    made = evidence(
        [0.0],
        task=Tagging(("PER",)),
        actual=[[span(0, 3)]],
        predicted=[[span(5, 8)]],
    )
    assert worst(made)["figures"]["types"] == {"missed": 1, "spurious": 1}

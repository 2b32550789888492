"""Label errors: planted ones are found, few are claimed where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from asknext.core.seeds import generator
from asknext.core.tasks import Classification, MultiLabel
from asknext.evaluation.errors.evidence import Evidence
from asknext.evaluation.errors.label_errors import label_errors
from tests.evaluation.errors.making import evidence

pytest.importorskip("cleanlab", reason="needs the extra 'quality'")
NAMES = ("a", "b", "c", "rare")


def drawn(number: int, noise: float) -> tuple[Evidence, set[str]]:
    """Labels drawn from calibrated probabilities, a share of them then made wrong."""
    rng = generator(number, "noise", noise)
    sharp = rng.dirichlet([0.15, 0.15, 0.15, 0.002], 300)
    true = [int(rng.choice(4, p=row)) for row in sharp]
    planted = rng.random(300) < noise
    given = [
        (t + 1 + int(rng.integers(2))) % 3 if p else t for t, p in zip(true, planted, strict=True)
    ]
    parts: dict[str, Any] = {
        "task": Classification(NAMES),
        "actual": [NAMES[i] for i in given],
        "classes": list(NAMES),
        "proba": sharp,
        "confidence": sharp.max(axis=1),
    }
    wrong = {f"e{i}" for i in range(300) if planted[i] and given[i] != true[i]}
    return evidence(np.ones(300), **parts), wrong


def test_planted_errors_are_found() -> None:
    hits = claims = there = 0
    for number in range(20):
        made, planted = drawn(number, 0.1)
        found = {item["id"] for item in label_errors(made)["items"]}
        hits, claims, there = hits + len(found & planted), claims + len(found), there + len(planted)
    assert hits / there > 0.65
    assert hits / claims > 0.5, "the rest are texts that the model honestly finds unclear"


def test_without_errors_few_are_claimed() -> None:
    claimed = [len(label_errors(drawn(number, 0.0)[0])["items"]) / 300 for number in range(20)]
    assert np.mean(claimed) < 0.06


def test_the_least_credible_comes_first_with_what_it_may_be() -> None:
    made, _ = drawn(0, 0.1)
    items = label_errors(made)["items"]
    assert [i["credibility"] for i in items] == sorted(i["credibility"] for i in items)
    assert all(item["suggested"] != item["label"] for item in items)


def test_labels_that_only_a_few_have_are_left_out() -> None:
    made, _ = drawn(0, 0.1)
    actual = [*made.actual]
    actual[:2] = ["rare", "rare"]
    rest = sum(label == "rare" for label in actual[2:])
    found = label_errors(evidence(np.ones(300), **{**_parts(made), "actual": actual}))
    assert (found["figures"]["checked"] < 300) == (rest + 2 < 3)


def _parts(made: Evidence) -> dict[str, Any]:
    return {name: getattr(made, name) for name in ("task", "classes", "proba", "confidence")}


def test_sets_of_labels_are_checked_too() -> None:
    rng = generator(0, "sets")
    held = rng.random((200, 3)) < 0.4
    proba = np.where(held, 0.9, 0.1) + rng.uniform(-0.05, 0.05, (200, 3))
    held[:6, 1] = ~held[:6, 1]
    task = MultiLabel(("a", "b", "c"))
    actual = [[name for name, h in zip(task.labels, row, strict=True) if h] for row in held]
    parts: dict[str, Any] = {"task": task, "classes": list(task.labels), "proba": proba}
    found = label_errors(evidence(np.ones(200), actual=actual, predicted=actual, **parts))["items"]
    ids = {item["id"] for item in found}
    assert ids == {f"e{i}" for i in range(5)}, "the model is not sure enough of e5"
    right = [name for name in ("a", "b", "c") if (name in actual[0]) != (name == "b")]
    assert next(item for item in found if item["id"] == "e0")["suggested"] == right


def test_what_gives_no_probabilities_is_left_alone() -> None:
    assert label_errors(evidence(np.ones(50)))["items"] == []
    few = evidence(np.ones(5), classes=["a", "b"], proba=np.full((5, 2), 0.5))
    assert "needs 20" in label_errors(few)["note"]
    made, _ = drawn(1, 0.1)
    one = evidence(np.ones(300), **{**_parts(made), "actual": ["a"] * 300})
    assert label_errors(one)["items"] == []

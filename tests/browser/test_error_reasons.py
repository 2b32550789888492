"""What the server says of evidence and of lists of errors is known in Chinese."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.tasks import Generation, MultiLabel
from asknext.loop import prospects, weighing
from asknext.loop.asking import LOOK, WANTED_FOR
from tests.browser.test_reasons import left_in_english
from tests.evaluation.errors.making import evidence


def test_every_list_of_errors_says_why_it_asks_in_chinese() -> None:
    assert set(WANTED_FOR) == set(registry.BUILT_IN["error_list"])
    assert left_in_english({LOOK, *WANTED_FOR.values()}) == {}


def notes(**parts: Any) -> set[str]:
    """What the lists say of examples of which every second one is wrong."""
    makers = [registry.get("error_list", name) for name in registry.BUILT_IN["error_list"]]
    found = [make(evidence([1.0, 0.0] * 30, **parts)) for make in makers]
    return {each["note"] for each in found} - {""}


def test_what_lists_of_errors_need_and_mean_is_known() -> None:
    pytest.importorskip("cleanlab", reason="needs the extra 'quality'")
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((60, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    proba = rng.dirichlet([1.0, 1.0], 60)
    full = notes(vectors=vectors, classes=["a", "b"], proba=proba)
    few = notes(classes=["a", "b"], proba=np.where(np.arange(60)[:, None] < 9, proba, np.nan))
    other = notes(task=Generation(), actual=["a"] * 60)
    sets = notes(task=MultiLabel(("a", "b")), actual=[["a"]] * 60, predicted=[["b"]] * 60)
    said = full | few | other | sets
    assert len(said) == 9
    assert left_in_english(said) == {}


def test_why_evidence_says_nothing_is_known() -> None:
    reasons = [getattr(weighing, name) for name in ("FEW", "TUNED", "SURE", "PART", "SHARED")]
    assert left_in_english({*reasons, weighing.FEW_DRAWN, prospects.READY}) == {}

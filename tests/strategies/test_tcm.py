"""TCM: which phase it is in, and whose picks it gives."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build


def make(labels, *, proba=True):
    rng = generator(0, "tcm")
    arrays = {
        "embedding": rng.standard_normal((40, 5)).astype(np.float32),
        "labelled_embedding": rng.standard_normal((len(labels), 5)).astype(np.float32),
    }
    if proba:
        arrays["proba"] = rng.dirichlet(np.ones(3), 40)
    known = [f"l{i}" for i in range(len(labels))]
    return View(range(40), arrays=arrays, labelled=known, labels=labels)


@pytest.mark.parametrize(
    ("labels", "proba", "inner"),
    [
        ("", True, "typiclust"),
        ("aab", True, "typiclust"),
        ("aaba", True, "margin"),
        ("aaba", False, "typiclust"),
        ("aaaaaa", True, "typiclust"),
    ],
)
def test_picks_are_those_of_the_phase(labels, proba, inner):
    view = make(list(labels), proba=proba)
    found = build("tcm(switch=4)").select(view, 9, generator(1))
    expected = build(inner).select(view, 9, generator(1))
    assert found.ids == expected.ids
    phase = "exploring" if inner == "typiclust" else "sharpening the model"
    assert found.picks[0].reason == f"{phase}: {expected.picks[0].reason}"
    assert found.picks[0].strategy == "tcm@1"


def test_the_switch_is_a_number_of_labels():
    with pytest.raises(InvalidInput, match="switch of tcm is a whole number, 1 or more; given: 0"):
        build("tcm(switch=0)")

"""Auto: which phase, which picks."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.adaptive.auto import Auto, unseen_mass
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.coverage.cluster_margin import ClusterMargin
from asknext.strategies.wrappers.guard import NearDuplicateGuard


def make_view(make_groups, labels, *, model=True):
    vectors, _ = make_groups([30] * 20)
    n = len(vectors) - len(labels)
    arrays = {"embedding": vectors[:n], "labelled_embedding": vectors[n:]}
    if model:
        arrays["proba"] = generator(1).dirichlet(np.ones(3), n)
    known = [f"known {i}" for i in range(len(labels))]
    return View(range(n), arrays=arrays, labelled=known, labels=labels)


@pytest.mark.parametrize(
    ("labels", "model", "phase"),
    [
        ((), True, "exploring, no class seen yet: "),
        (("a", "a", "b", "b"), False, "exploring, there is no model yet: "),
        (("a", "a", "a", "a"), True, "exploring, one class seen so far: "),
        (("a", "a", "b"), True, "exploring, 33% of the labels are one of a kind: "),
        (("a", "a", "a", "b"), True, "sharpening the model: "),  # exactly 25 %
        (("a", "a", "b", "b"), True, "sharpening the model: "),
    ],
)
def test_phase(make_groups, labels, model, phase):
    view = make_view(make_groups, labels, model=model)
    picks = Auto().select(view, 8, generator(0))
    inner = ClusterMargin() if phase.startswith("sharp") else TypiClust()
    expected = NearDuplicateGuard(inner, 0.97).select(view, 8, generator(0))
    assert picks.ids == expected.ids
    assert [pick.reason for pick in picks] == [phase + pick.reason for pick in expected]
    assert {pick.strategy for pick in picks} == {"auto@1"}


def test_near_duplicates_are_never_asked_together(make_groups):
    vectors, group = make_groups([30] * 20)
    view = View(range(600), arrays={"embedding": vectors, "near": np.arange(600)})
    picks = Auto().select(view, 40, generator(0))
    assert sorted(group[picks.ids]) == list(range(20))  # a group is one text, copied


def test_nan_while_sharpening_is_an_error(make_groups):
    view = make_view(make_groups, ("a", "a", "b", "b"))
    view.proba[5, 0] = np.nan
    with pytest.raises(InvalidInput, match="cluster_margin cannot score 1 of"):
        Auto().select(view, 3, generator(0))


@pytest.mark.parametrize(
    ("labels", "mass"), [((), 1.0), (("a",), 1.0), (("a", "a", "b"), 1 / 3), (("a", "a"), 0.0)]
)
def test_unseen_mass(labels, mass):
    assert unseen_mass(labels) == mass

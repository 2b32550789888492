"""Auto: which phase, which picks."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.adaptive.auto import PATIENT, UNSURE, Auto
from asknext.strategies.build import build
from asknext.strategies.catalogue import unmet
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.coverage.herding import UncertaintyHerding
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.uniform import Random
from asknext.strategies.wrappers.guard import NearDuplicateGuard
from asknext.strategies.wrappers.subpools import Shortlist


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
        (("a",) * 9, True, "exploring, one class seen so far: "),
        (("a",) * 10, True, "exploring, one class seen so far: "),
        (("a", "b"), True, "sharpening the model: "),
        (("a", "a", "b", "b"), True, "sharpening the model: "),
    ],
)
def test_phase(make_groups, labels, model, phase):
    view = make_view(make_groups, labels, model=model)
    picks = Auto().select(view, 8, generator(0))
    inner = UncertaintyHerding() if phase.startswith("sharp") else TypiClust()
    if len(labels) == PATIENT:
        inner = Random()  # of a class that is not typical nothing was asked so far
    expected = NearDuplicateGuard(inner, 0.97).select(view, 8, generator(0))
    assert picks.ids == expected.ids
    assert [pick.reason for pick in picks] == [phase + pick.reason for pick in expected]
    assert {pick.strategy for pick in picks} == {"auto@4"}


def test_of_many_candidates_those_of_smallest_margin_are_looked_at(make_groups):
    vectors, _ = make_groups([100] * 25)
    proba = generator(1).dirichlet(np.ones(3), 2500)
    arrays = {"embedding": vectors, "labelled_embedding": vectors[:2], "proba": proba}
    view = View(range(2500), arrays=arrays, labelled=["x", "y"], labels=["a", "b"])
    found = Auto().select(view, 50, generator(0)).ids
    two = np.sort(proba, axis=1)[:, -2:]
    unsure = np.argsort(two[:, 1] - two[:, 0], kind="stable")[:UNSURE]
    assert set(found) <= set(unsure.tolist())
    listed = Shortlist(UncertaintyHerding(), Margin(), size=UNSURE)
    assert found == NearDuplicateGuard(listed, 0.97).select(view, 50, generator(0)).ids


def test_what_a_phase_needs_is_known_before_it_comes():
    with pytest.raises(InvalidInput, match="start=margin needs proba; begin with one that reads"):
        Auto(start="margin")
    assert Auto(start="alps").needs == {"embedding", "surprisal"}
    linear = registry.get("model", "linear")
    assert unmet(build("auto(then=badge)"), linear) == []
    assert unmet(build("auto(then=mnlp)"), linear) == ["token_proba"]


def test_both_phases_may_be_named(make_groups):
    auto = build("auto(start=k_means, then=power(margin))")
    for labels, inner in (((), "k_means"), (("a", "b"), "power(margin)")):
        view = make_view(make_groups, labels)
        expected = NearDuplicateGuard(build(inner), 0.97).select(view, 8, generator(0))
        assert auto.select(view, 8, generator(0)).ids == expected.ids


@pytest.mark.parametrize(
    ("labels", "phase"),
    [
        ((["a", "b"], ["a"], ["b"]), "sharpening the model: "),
        ((["a", "b"],), "sharpening the model: "),
        ((["a"], ["a"]), "exploring, one class seen so far: "),
        (([], []), "exploring, no class seen yet: "),
    ],
)
def test_several_labels_are_explored_until_two_are_known(make_groups, labels, phase):
    view = make_view(make_groups, labels, model=False)
    arrays = {name: view.array(name) for name in view.provides}
    arrays["label_proba"] = generator(2).random((len(view), 3))
    full = View(view.candidates, arrays=arrays, labelled=view.labelled, labels=labels)
    assert {p.reason[: len(phase)] for p in Auto().select(full, 5, generator(0))} == {phase}


@pytest.mark.parametrize("labels", [(1.0,), (1.0, 2.5) * 20])
def test_of_numbers_typical_texts_are_asked_to_the_end(make_groups, labels):
    view = make_view(make_groups, labels, model=False)
    arrays = {name: view.array(name) for name in view.provides}
    arrays["variance"] = np.linspace(0.1, 1.0, len(view))
    full = View(view.candidates, arrays=arrays, labelled=view.labelled, labels=labels)
    picks = Auto().select(full, 5, generator(0))
    expected = NearDuplicateGuard(TypiClust(), 0.97).select(full, 5, generator(0))
    assert picks.ids == expected.ids
    assert {p.reason.split(": ")[0] for p in picks} == {"covering what is typical"}


def test_near_duplicates_are_never_asked_together(make_groups):
    vectors, group = make_groups([30] * 20)
    view = View(range(600), arrays={"embedding": vectors, "near": np.arange(600)})
    picks = Auto().select(view, 40, generator(0))
    assert sorted(group[picks.ids]) == list(range(20))  # a group is one text, copied


def test_nan_while_sharpening_is_an_error(make_groups):
    view = make_view(make_groups, ("a", "a", "b", "b"))
    view.proba[5, 0] = np.nan
    with pytest.raises(InvalidInput, match="margin cannot score 1 of"):
        Auto().select(view, 3, generator(0))

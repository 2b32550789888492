"""What all wrappers keep: the contract of a strategy, names, needs, tasks, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import AXES, View
from asknext.strategies.build import build
from asknext.testing import strategies as conformance

SPECS = [
    "power(margin)",
    "softmax(entropy, beta=5)",
    "softrank(margin)",
    "subsample(margin, size=20)",
    "subsample(typiclust, size=30)",
    "shortlist(typiclust, size=20)",
    "shortlist(entropy, margin, size=20)",
    "balanced(margin)",
    "mixture(margin, typiclust, weights=(0.7, 0.3))",
    "product(margin, entropy)",
    "borda(margin, entropy, least_confidence)",
    "per_cost(margin)",
    "power(per_cost(margin), beta=2)",
    "balanced(subsample(margin))",
    "tempered(margin)",
    "tempered(typiclust)",
    "clipped(margin, share=0.2)",
    "anchored(margin, size=20)",
    "albl(margin, random)",
    "tailor(margin, random, entropy)",
]
# A part of the candidates is not read at all, so what is wrong with it cannot be found.
PARTIAL = {
    "subsample(margin, size=20)",
    "subsample(typiclust, size=30)",
    "shortlist(typiclust, size=20)",
    "anchored(margin, size=20)",
}


@pytest.mark.parametrize("provided", ["needs", pytest.param("everything", marks=pytest.mark.slow)])
@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("spec", SPECS)
def test_wrapper(spec, check, provided):
    strategy = build(spec)
    if check is conformance.check_shuffled and getattr(strategy, "drawn", ""):
        pytest.skip(f"{spec} draws {strategy.drawn}")
    if check is conformance.check_shuffled and spec.startswith(("product", "borda")):
        pytest.skip("sums of ranks tie often; their own tests compare the scores")
    if check is conformance.check_nan and spec in PARTIAL:
        pytest.skip("the strategy inside reads a part only")
    check(strategy, strategy.needs if provided == "needs" else frozenset(AXES))


def test_name_needs_and_tasks_are_those_of_what_is_inside():
    made = build("per_cost(borda(margin, entropy))")
    assert made.name == "per_cost(borda(margin, entropy))"
    assert made.needs == {"proba", "cost"}
    assert made.tasks == {"classification"}
    mixed = build("mixture(margin, typiclust, random)")
    assert mixed.needs == {"proba", "embedding"}
    assert mixed.tasks == {"classification"}
    assert "k-means" in mixed.drawn
    assert "picks themselves" in mixed.drawn


def test_strategies_of_different_tasks_are_refused():
    class Numbers(type(build("random"))):
        name = "numbers"
        tasks = frozenset({"regression"})

    mixture = registry.get("wrapper", "mixture")
    with pytest.raises(InvalidInput, match=r"no common task: margin: classification; numbers: reg"):
        mixture(build("margin"), Numbers())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("power(typiclust)", "power works with strategies that give every candidate a score"),
        ("product(margin, typiclust)", "typiclust chooses batches"),
        ("borda(margin)", "borda takes 2 or more strategies; given: 1"),
        ("mixture(margin)", r"write mixture\(margin, entropy\)"),
        ("power(margin, beta=0)", "beta of power is a number above 0; given: 0"),
        ("power(margin, beta='a')", "beta of power is a number above 0; given: 'a'"),
        ("subsample(margin, size=0)", "size of subsample is a whole number, 1 or more; given: 0"),
        ("shortlist(margin, size=2.5)", "size of shortlist is a whole number"),
        ("mixture(margin, random, weights=(1, 2, 3))", "weights of mixture are 2 numbers above 0"),
        ("mixture(margin, random, weights=(1, -2))", "weights of mixture are 2 numbers above 0"),
        ("containing(margin, text=' ')", "text of containing is what the texts must contain"),
    ],
)
def test_settings_that_make_no_sense_are_refused(spec, message):
    with pytest.raises(InvalidInput, match=message):
        build(spec)


def test_power_and_per_cost_refuse_scores_below_zero():
    class Negative(type(build("margin"))):
        name = "negative"

        def score(self, view):
            return super().score(view) - 2

    proba = generator(0).dirichlet(np.ones(3), 9)
    view = View(range(9), arrays={"proba": proba, "cost": np.ones(9)})
    for wrapper in ("power", "per_cost"):
        made = registry.get("wrapper", wrapper)(Negative())
        with pytest.raises(InvalidInput, match="negative gives scores below 0"):
            made.select(view, 2, generator(0))


def test_what_is_missing_is_named():
    with pytest.raises(Unsupported, match="'cost' is not available here"):
        build("per_cost(margin)").select(
            View(range(2), arrays={"proba": np.ones((2, 1))}), 1, generator(0)
        )


@pytest.mark.parametrize("price", [0.0, -1.0, np.nan, np.inf])
def test_costs_must_be_above_zero(price):
    arrays = {"proba": np.full((3, 2), 0.5), "cost": np.array([1.0, price, 2.0])}
    with pytest.raises(InvalidInput, match="cost must be finite and above 0; 1 are not"):
        build("per_cost(margin)").select(View("abc", arrays=arrays), 1, generator(0))

"""Properties of every strategy and wrapper on drawn cases: one fixed case fast, many in full."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from asknext.core import batch, registry
from asknext.core.arrays import ARRAYS
from asknext.strategies.build import build
from asknext.strategies.uncertainty.classes import Margin
from asknext.testing import strategy_properties as properties
from asknext.testing.strategy_arrays import make_arrays
from asknext.testing.strategy_properties import Case
from tests.strategies.test_wrapping import PARTIAL, SPECS

NAMES = [
    name
    for name in registry.names("strategy")
    if not hasattr(registry.get("strategy", name), "asks")  # its own tests serve what it asks
]
CASES = st.builds(
    Case,
    n=st.integers(1, 60),
    k=st.integers(0, 70),
    seed=st.integers(0, 2**16),
    luck=st.integers(0, 2**16),
    block=st.integers(1, 40),
    part=st.floats(0, 1, exclude_max=True),
    copies=st.integers(1, 12),
)
SEEDED = {"deadline": None, "database": None, "derandomize": True}
FIXED = settings(phases=[Phase.explicit], deadline=None, database=None)
DRAWN = settings(max_examples=25, **SEEDED)
UNSHRUNK = settings(phases=[Phase.explicit, Phase.generate], **SEEDED)
FEW = settings(max_examples=3, **SEEDED)  # where one case takes a second; FIXED where it takes ten
# The others are checked on fixed arrays by test_conformance.py, in every run.
NEW = (properties.ignores_the_type, properties.ignores_the_blocks)


def run(strategy, check, how):
    @how
    @example(Case())
    @given(CASES)
    def work(case):
        check(strategy, case)

    work()


def why_not(name, strategy, check):
    """Say why a property does not apply; nothing where it does."""
    if check is properties.ignores_the_order and getattr(strategy, "drawn", ""):
        return f"{name} draws {strategy.drawn}; its own tests shuffle separated groups"
    if check is properties.ignores_the_order and name.startswith(("product", "borda")):
        return "sums of ranks tie often; their own tests compare the scores"
    if check is properties.refuses_nan and name in PARTIAL:
        return "the strategy inside reads a part only"
    return ""


def names(exact):
    return [name for name in [*NAMES, *SPECS] if name.endswith("_exact") == exact]


@pytest.mark.parametrize("check", NEW, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", names(exact=False))
def test_it_keeps_the_property_on_one_case(name, check):
    check(build(name), Case())


@pytest.mark.slow
@pytest.mark.parametrize("check", properties.PROPERTIES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", [*NAMES, *SPECS])
def test_it_keeps_the_property_on_drawn_cases(name, check):
    strategy = build(name)
    if reason := why_not(name, strategy, check):
        pytest.skip(reason)
    costly = name.endswith("_exact"), check is properties.ignores_the_threads
    run(strategy, check, (DRAWN, FEW, FIXED)[sum(costly)])


class HalfPrecision(Margin):
    """Reckon in whatever type comes."""

    name = "half_precision"

    def score(self, view):
        return np.asarray(-np.log(view.array("proba")).sum(axis=1))


class BlockByBlock(Margin):
    """Compare a candidate with those of its block alone."""

    name = "block_by_block"

    def score(self, view):
        parts = [part[:, 0] - part[:, 0].mean() for _, part in batch.blocks(view.proba)]
        return np.concatenate(parts)


class Forgetful(Margin):
    """Leave out the last of a full batch."""

    name = "forgetful"

    def select(self, view, k, rng):
        return super().select(view, min(k, max(len(view) - 1, 1)), rng)


@pytest.mark.parametrize(
    ("strategy", "check"),
    [
        (HalfPrecision(), properties.ignores_the_type),
        (BlockByBlock(), properties.ignores_the_blocks),
        (Forgetful(), properties.takes_all),
        (Forgetful(), properties.fills_the_batch),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
def test_the_properties_find_what_is_wrong(strategy, check):
    with pytest.raises(AssertionError):
        run(strategy, check, UNSHRUNK)


def test_there_is_an_example_of_every_array():
    assert set(make_arrays(3)) == set(ARRAYS)

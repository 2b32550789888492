"""Every registered strategy, found by discovery, keeps the contract."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.view import AXES, View
from asknext.strategies.ranking import Ranking
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.wrappers.guard import NearDuplicateGuard
from asknext.testing import strategies as conformance

NAMES = registry.names("strategy")
# What asks somebody else over the network is checked with a server of its own.
ALONE = [name for name in NAMES if not hasattr(registry.get("strategy", name), "asks")]


@pytest.mark.parametrize("provided", ["needs", pytest.param("everything", marks=pytest.mark.slow)])
@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n.endswith("_exact") else n for n in ALONE],
)
def test_strategy(name, check, provided):
    strategy = registry.get("strategy", name)()
    if check is conformance.check_shuffled and getattr(strategy, "drawn", ""):
        pytest.skip(f"{name} draws {strategy.drawn}; its own tests shuffle separated groups")
    check(strategy, strategy.needs if provided == "needs" else frozenset(AXES))


def test_registered_name_is_the_own_name():
    assert [registry.get("strategy", name).name for name in NAMES] == NAMES


def test_guarded_strategy_conforms():
    conformance.check_strategy(NearDuplicateGuard(Margin()))


class First(Ranking):
    """Ask by position: what the checks are there to find."""

    name = "first"
    needs = frozenset({"proba"})

    def score(self, view: View):
        return -np.arange(len(view), dtype=float)


class Zero(Margin):
    """Turn an error into a score."""

    name = "zero"

    def score(self, view: View):
        return np.nan_to_num(super().score(view))


class Spoiler(Margin):
    """Write into what it was given."""

    name = "spoiler"

    def score(self, view: View):
        score = super().score(view)
        view.labels = ()
        return score


@pytest.mark.parametrize(
    ("strategy", "check"),
    [
        (First(), conformance.check_shuffled),
        (First(), conformance.check_nan),
        (First(), conformance.check_needs),
        (Zero(), conformance.check_nan),
        (Spoiler(), conformance.check_untouched),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
def test_the_checks_find_what_is_wrong(strategy, check):
    with pytest.raises(AssertionError):
        check(strategy, frozenset(AXES))

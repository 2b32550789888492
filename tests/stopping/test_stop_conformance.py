"""Every registered stop rule, found by discovery, keeps the contract."""

from __future__ import annotations

import pytest

from asknext.core import registry
from asknext.core.protocols import Verdict
from asknext.stopping.compose import all_of, any_of
from asknext.stopping.stable import StablePredictions
from asknext.stopping.target import Target
from asknext.testing import stop_rules as conformance

NAMES = registry.names("stop_rule")
BUDGET = {"answers": 100, "minutes": 60, "money": 9, "per_answer": 0.1}
ARGUMENTS = {
    "all_of": {"rules": {"budget": BUDGET, "stable": {}}},
    "any_of": {"rules": {"budget": BUDGET, "stable": {}}},
    "budget": BUDGET,
    "expected_gain": {"point": 10, "answer": 0.2},
    "patience": {"rule": "target", "arguments": {"quality": 0.9}, "times": 2},
}


@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_stop_rule(name, check):
    check(registry.get("stop_rule", name)(**ARGUMENTS.get(name, {})))


@pytest.mark.parametrize("combine", [any_of, all_of])
def test_combined_rules_conform(combine):
    conformance.check_stop_rule(combine(Target(), StablePredictions()))


def test_registered_name_is_the_own_name():
    assert [registry.get("stop_rule", name).name for name in NAMES] == NAMES


class Eager:
    name = "eager"

    def judge(self, history):
        return Verdict(self.name, not history, "because", {"n": float("nan")})


@pytest.mark.parametrize("check", [conformance.check_empty, conformance.check_verdicts])
def test_the_checks_find_what_is_wrong(check):
    with pytest.raises(AssertionError):
        check(Eager())

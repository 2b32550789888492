"""Every store keeps every sentence of the contract."""

from __future__ import annotations

import pytest

from asknext.testing.stores import CHECKS, Check, MakeStore

LARGE = {"check_many_at_once"}  # thousands of events three times over
EACH = [pytest.param(c, marks=pytest.mark.slow) if c.__name__ in LARGE else c for c in CHECKS]


@pytest.mark.parametrize("check", EACH, ids=lambda check: check.__name__)
def test_contract(check: Check, make_store: MakeStore) -> None:
    check(make_store)

"""Every store keeps every sentence of the contract."""

from __future__ import annotations

import pytest

from asknext.testing.stores import CHECKS, Check, MakeStore


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_contract(check: Check, make_store: MakeStore) -> None:
    check(make_store)

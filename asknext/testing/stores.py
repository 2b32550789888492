"""Every sentence of the contract of `Store` as a check, for our stores and for plug-ins.

A plug-in's test is three lines::

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_contract(check, tmp_path):
        check(lambda: MyStore(f"mine://{tmp_path}/{uuid4()}"))

`make_store` is called for each store a check needs and returns one that holds nothing yet. Checks
raise AssertionError; they need no test runner. The eight-thread ones take some seconds on a disk
that really syncs.
"""

from __future__ import annotations

from types import ModuleType

from asknext.testing import store_facts, store_projects, store_threads
from asknext.testing.store_cases import Check, MakeStore

__all__ = ["CHECKS", "Check", "MakeStore", "check_store"]


def _checks(module: ModuleType) -> list[Check]:
    return [work for name, work in vars(module).items() if name.startswith("check_")]


CHECKS: list[Check] = [
    *_checks(store_projects),
    *_checks(store_facts),
    *_checks(store_threads),
]


def check_store(make_store: MakeStore) -> None:
    """Run all checks, the first failure ends it.

    >>> from asknext.store.memory import MemoryStore
    >>> store_facts.check_release(MemoryStore)
    """
    for check in CHECKS:
        check(make_store)

"""Any sequence of calls gives the same answers from a database as from memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as options
from hypothesis import strategies as st

from asknext.core.errors import AsknextError
from asknext.core.events import ACTIONS, ANSWERED, MEASURED, RETRACTED, Draft
from asknext.core.examples import Example
from asknext.core.protocols import Store
from asknext.store.memory import MemoryStore
from asknext.store.opening import open_store
from asknext.testing.store_cases import settings

IDS = st.sampled_from(["a", "b", "例", "𝒜", "missing", "x\0"])
KNOWN = ["a", "b", "例", "𝒜"]
PEOPLE = st.sampled_from(["ann", "bob", "安妮"])
TIMES = st.floats(0.0, 20.0)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
JSON = st.recursive(
    LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(), x, max_size=3)
)
DATA = st.dictionaries(st.text(st.characters(), max_size=5), JSON, max_size=3)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    kind = draw(st.sampled_from([ANSWERED, ANSWERED, RETRACTED, MEASURED]))
    data = draw(DATA)
    if kind == ANSWERED:
        data = {**data, "action": draw(st.sampled_from(ACTIONS))}
    example = draw(st.none() | IDS) if kind == MEASURED else draw(st.sampled_from(KNOWN))
    key = draw(st.none() | st.sampled_from(["k1", "k2", "键"]))
    return Draft(kind=kind, at=draw(TIMES), who=draw(PEOPLE), example=example, data=data, key=key)


def examples() -> st.SearchStrategy[Example]:
    ids = st.sampled_from([*KNOWN, "c", "d"])
    return st.builds(Example, id=ids, fields=DATA, meta=DATA, gold=JSON, near=st.none() | ids)


Step = tuple[str, tuple[Any, ...], dict[str, Any]]


@st.composite
def claims(draw: st.DrawFn) -> Step:
    few = st.lists(st.tuples(st.sampled_from(KNOWN) | IDS, DATA), max_size=6)
    asked = (draw(PEOPLE), draw(few), draw(st.integers(0, 4)))
    times = {"now": draw(TIMES), "expires": draw(TIMES | st.just(float("inf")))}
    again = draw(st.lists(st.sampled_from(KNOWN), max_size=2))
    return "claim", asked, {"wanted": draw(st.integers(1, 3)), "again": again, **times}


def step(name: str, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.tuples(*parts), st.just({}))


NAMES = st.sampled_from(["m", "模型"])
STEPS = st.one_of(
    claims(),
    step("append", st.lists(drafts(), max_size=4)),
    step("add", st.lists(examples(), max_size=4)),
    step("renew", PEOPLE, TIMES, TIMES),
    step("release", PEOPLE, st.lists(IDS, max_size=3)),
    step("leases", TIMES),
    step("events", st.integers(-1, 9), st.none() | st.integers(0, 5)),
    step("scan", st.integers(-2, 5), st.integers(0, 5)),
    step("examples", st.lists(IDS, max_size=3)),
    step("put", NAMES, st.binary(max_size=9)),
    step("fetch", NAMES),
)


def outcome(work: Callable[[], Any]) -> Any:
    """What a call returns, or the error it raises with the words of its message."""
    try:
        return work()
    except AsknextError as error:
        return type(error), str(error)


def everything(store: Store, project: str) -> list[Any]:
    facts = [(x.seq, x.kind, x.who, x.example, repr(x.data), x.key) for x in store.events(project)]
    return [facts, store.outline(project), repr(store.scan(project)), store.leases(project, -1.0)]


def compare(store: Store, steps: list[Step]) -> None:
    twin, project = MemoryStore(), f"p-{uuid4().hex}"
    for each in (store, twin):
        each.create(settings(project))
        each.add(project, [Example(id=i, fields={"text": i}) for i in KNOWN])
    for name, given_, named in steps:
        found = outcome(lambda: getattr(store, name)(project, *given_, **named))  # noqa: B023
        due = outcome(lambda: getattr(twin, name)(project, *given_, **named))  # noqa: B023
        if name == "events" and isinstance(found, list):  # the first event bears the clock's time
            found, due = ([x for x in each if x.seq > 1] for each in (found, due))
        assert repr(found) == repr(due), name
        assert everything(store, project) == everything(twin, project), name
    store.delete(project)


@pytest.mark.slow
def test_a_database_does_what_memory_does(url: str) -> None:
    store = open_store(url)

    @options(
        max_examples=80,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(STEPS, max_size=12))
    def run(steps: list[Step]) -> None:
        compare(store, steps)

    try:
        run()
    finally:
        store.close()

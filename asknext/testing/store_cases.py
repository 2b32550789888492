"""What the checks of a store are made of: small projects, examples, drafts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from asknext.core.events import ANSWERED, LABEL, RETRACTED, Draft, Lease
from asknext.core.examples import Example
from asknext.core.protocols import Store
from asknext.core.settings import Settings

MakeStore = Callable[[], Store]
"""Makes a store that holds nothing yet, another one each time."""

Check = Callable[[MakeStore], None]

NAME = "project"
TASK = {"kind": "classification", "labels": ["yes", "no"]}


def settings(name: str = NAME, **changes: Any) -> Settings:
    """Make the settings of a project."""
    return Settings(name=name, task=TASK, **changes)


def texts(*ids: str) -> list[Example]:
    """Make an example for each id."""
    return [Example(id=i, fields={"text": f"text of {i}"}) for i in ids]


@contextmanager
def opened(make_store: MakeStore, *ids: str) -> Iterator[Store]:
    """Open a new store with one project that holds these examples, and close it."""
    store = make_store()
    try:
        store.create(settings())
        store.add(NAME, texts(*ids))
        yield store
    finally:
        store.close()


def answered(example: str, who: str, action: str = LABEL, key: str | None = None) -> Draft:
    """Make a draft of an answer."""
    data = {"action": action, "value": "yes" if action == LABEL else None}
    return Draft(kind=ANSWERED, at=5.0, who=who, example=example, data=data, key=key)


def retracted(example: str, who: str) -> Draft:
    """Make a draft that takes an answer back."""
    return Draft(kind=RETRACTED, at=6.0, who=who, example=example)


def claim(
    store: Store,
    who: str,
    ids: Sequence[str],
    k: int = 100,
    *,
    wanted: int = 1,
    now: float = 0.0,
    expires: float = 10.0,
    again: Sequence[str] = (),
) -> list[str]:
    """Claim questions with their id as data and return the ids that were leased."""
    offered: list[tuple[str, Mapping[str, Any]]] = [(i, {"of": i}) for i in ids]
    times = {"now": now, "expires": expires}
    taken = store.claim(NAME, who, offered, k, wanted=wanted, again=again, **times)
    return named(taken)


def named(leases: Sequence[Lease]) -> list[str]:
    """Return the ids of leases."""
    return [lease.example for lease in leases]


def kinds(store: Store) -> list[tuple[int, str]]:
    """Return the seq and kind of every event."""
    return [(event.seq, event.kind) for event in store.events(NAME)]


def refused(error: type[Exception], work: Callable[[], object]) -> str:
    """Run work that must be refused with exactly this error and return the message."""
    try:
        work()
    except error as found:
        caught = found
    else:
        raise AssertionError(f"nothing was refused; {error.__name__} was due")
    assert type(caught) is error, f"{type(caught).__name__} instead of {error.__name__}"
    return str(caught)

"""Rows to values and back; how a project is found and locked.

Statements are made once, here and in the other modules: making one costs more than running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from asknext.core.errors import NotFound
from asknext.core.events import Event
from asknext.core.examples import Example
from asknext.store.among import among
from asknext.store.tables import events, examples, projects
from asknext.store.values import storable

BLOCK = 5000
T = TypeVar("T")

_named = projects.c.name == sa.bindparam("name")
_FIND = sa.select(projects.c.id).where(_named)
_LOCK = (
    sa.select(projects.c.id, projects.c.name, projects.c.next_seq, projects.c.next_row)
    .where(_named)
    .with_for_update()
)
_NAMES = sa.select(projects.c.name)
_THERE = sa.select(examples.c.id).where(
    examples.c.project == sa.bindparam("project"), among(examples.c.id, "ids")
)

EXAMPLE = tuple(
    examples.c[name] for name in ("id", "fields", "meta", "key", "copy_of", "near", "split", "gold")
)
EVENT = tuple(events.c[name] for name in ("seq", "kind", "at", "who", "example", "data", "key"))


@dataclass(frozen=True, slots=True)
class Place:
    """Be a project's row: where its things are and which numbers come next."""

    id: int
    name: str
    next_seq: int = 0
    next_row: int = 0


def find(c: sa.Connection, project: str) -> Place:
    """Find a project to read from; raises NotFound."""
    found = c.execute(_FIND, {"name": project}).scalar() if storable(project) else None
    return _missing(c, project) if found is None else Place(found, project)


def lock(c: sa.Connection, project: str) -> Place:
    """Find a project to write to; other writers of the project wait until this one commits."""
    found = c.execute(_LOCK, {"name": project}).one_or_none() if storable(project) else None
    return _missing(c, project) if found is None else Place(*found)


def _missing(c: sa.Connection, project: str) -> Place:
    raise NotFound.among("project", project, list(c.scalars(_NAMES)))


def blocks(items: Iterable[T], size: int = BLOCK) -> Iterator[list[T]]:
    """Cut an iterable into lists of at most `size`.

    >>> list(blocks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


def need_examples(c: sa.Connection, place: Place, ids: Iterable[str]) -> None:
    """Raise NotFound for the first of these ids that the project lacks."""
    for block in blocks(dict.fromkeys(ids)):
        asked = [example for example in block if storable(example)]
        there = set(c.scalars(_THERE, {"project": place.id, "ids": asked}))
        for example in block:
            if example not in there:
                raise no_example(place, example)


def no_example(place: Place, example: str) -> NotFound:
    """Make the error for an id that the project lacks."""
    return NotFound(f"no example with the id {example!r} in {place.name!r}")


def example_of(row: Iterable[Any]) -> Example:
    """Rebuild an example from the columns `EXAMPLE`."""
    return Example(*row)


def event_of(row: Sequence[Any]) -> Event:
    """Rebuild an event from the columns `EVENT`."""
    seq, kind, at, who, example, data, key = row
    return Event(seq=seq, kind=kind, at=at, who=who, example=example, data=data, key=key)

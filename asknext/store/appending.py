"""Append events and change what is derived from them, inside one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from asknext.core.events import Appended, Draft, Event
from asknext.store import facts
from asknext.store.among import among
from asknext.store.rows import EVENT, Place, blocks, event_of, need_examples
from asknext.store.tables import answers, events, leases, projects

_INSERT = sa.insert(events)
_KNOWN = sa.select(*EVENT).where(
    events.c.project == sa.bindparam("project"), among(events.c.key, "keys")
)
_COUNT = sa.update(projects).where(projects.c.id == sa.bindparam("project"))
_COUNT = _COUNT.values(next_seq=sa.bindparam("next"))


def _forget(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.project == sa.bindparam("project"),
        table.c.who == sa.bindparam("by"),
        among(table.c.example, "ids"),
    )


_FORGET = {table.name: _forget(table) for table in (answers, leases)}


def _answer(dialect: str) -> sa.Insert:
    made = (postgresql if dialect == "postgresql" else sqlite).insert(answers)
    new = {"seq": made.excluded.seq, "action": made.excluded.action}
    keys = ["project", "example", "who"]
    replacing: sa.Insert = made.on_conflict_do_update(index_elements=keys, set_=new)
    return replacing


_ANSWER = {dialect: _answer(dialect) for dialect in ("postgresql", "sqlite")}


def append(c: sa.Connection, place: Place, drafts: Sequence[Draft]) -> list[Appended]:
    """Append checked drafts to a locked project."""
    known = _known(c, place, [draft.key for draft in drafts if draft.key is not None])
    done = facts.number(drafts, known, place.next_seq)
    fresh = [item.event for item in done if item.fresh]
    need_examples(c, place, [event.example for event in fresh if event.example is not None])
    if fresh:
        _write(c, place, fresh)
    return done


def record(c: sa.Connection, place: Place, drafts: Sequence[Draft]) -> list[Event]:
    """Append checked drafts that have no key and whose examples are known to be there."""
    events = [item.event for item in facts.number(drafts, {}, place.next_seq)]
    if events:
        _write(c, place, events)
    return events


def _known(c: sa.Connection, place: Place, keys: Sequence[str]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for block in blocks(keys):
        rows = c.execute(_KNOWN, {"project": place.id, "keys": block})
        found.update({event.key: event for event in map(event_of, rows) if event.key})
    return found


def _write(c: sa.Connection, place: Place, fresh: Sequence[Event]) -> None:
    for block in blocks(fresh):
        c.execute(_INSERT, [_event_row(place, event) for event in block])
    _derive(c, place, facts.answers(fresh))
    forget(c, leases, place, facts.ended(fresh))
    c.execute(_COUNT, {"project": place.id, "next": place.next_seq + len(fresh)})


def _derive(c: sa.Connection, place: Place, last: dict[facts.Pair, Event | None]) -> None:
    for block in blocks(event for event in last.values() if event is not None):
        c.execute(_ANSWER[c.dialect.name], [_answer_row(place, event) for event in block])
    forget(c, answers, place, [pair for pair, event in last.items() if event is None])


def forget(c: sa.Connection, table: sa.Table, place: Place, pairs: Iterable[facts.Pair]) -> None:
    """Remove what `answers` or `leases` says of these pairs, where it says anything."""
    mine: dict[str, list[str]] = defaultdict(list)
    for example, who in pairs:
        mine[who].append(example)
    for who, ids in mine.items():
        for block in blocks(ids):
            c.execute(_FORGET[table.name], {"project": place.id, "by": who, "ids": block})


def _event_row(place: Place, event: Event) -> dict[str, object]:
    return {
        "project": place.id,
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at,
        "who": event.who,
        "example": event.example,
        "data": event.data,
        "key": event.key,
    }


def _answer_row(place: Place, event: Event) -> dict[str, object]:
    return {
        "project": place.id,
        "example": event.example,
        "who": event.who,
        "seq": event.seq,
        "action": event.data["action"],
    }

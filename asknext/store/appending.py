"""Append events and change what is derived from them, inside one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from asknext.core.events import Appended, Draft, Event
from asknext.store import facts
from asknext.store.rows import EVENT, Place, blocks, event_of, need_examples
from asknext.store.tables import answers, events, leases, projects


def append(c: sa.Connection, place: Place, drafts: Sequence[Draft]) -> list[Appended]:
    """Append checked drafts to a locked project."""
    known = _known(c, place, [draft.key for draft in drafts if draft.key is not None])
    done = facts.number(drafts, known, place.next_seq)
    fresh = [item.event for item in done if item.fresh]
    need_examples(c, place, [event.example for event in fresh if event.example is not None])
    if fresh:
        _write(c, place, fresh)
    return done


def _known(c: sa.Connection, place: Place, keys: Sequence[str]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for block in blocks(dict.fromkeys(keys)):
        query = sa.select(*EVENT).where(events.c.project == place.id, events.c.key.in_(block))
        found.update({event.key: event for event in map(event_of, c.execute(query)) if event.key})
    return found


def _write(c: sa.Connection, place: Place, fresh: Sequence[Event]) -> None:
    for block in blocks(fresh):
        c.execute(sa.insert(events), [_event_row(place, event) for event in block])
    last = facts.answers(fresh)
    _forget(c, answers, place, last)
    said = [_answer_row(place, event) for event in last.values() if event is not None]
    for part in blocks(said):
        c.execute(sa.insert(answers), part)
    _forget(c, leases, place, facts.ended(fresh))
    following = place.next_seq + len(fresh)
    mine = projects.c.id == place.id
    c.execute(sa.update(projects).where(mine).values(next_seq=following))


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


def _forget(c: sa.Connection, table: sa.Table, place: Place, pairs: Iterable[facts.Pair]) -> None:
    query = sa.delete(table).where(
        table.c.project == place.id,
        table.c.example == sa.bindparam("of_example"),
        table.c.who == sa.bindparam("of_who"),
    )
    for block in blocks(pairs):
        c.execute(query, [{"of_example": example, "of_who": who} for example, who in block])

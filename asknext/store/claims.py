"""Claim, list, renew and release leases, inside one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from asknext.core.events import Lease
from asknext.store import facts
from asknext.store.appending import append
from asknext.store.claiming import choose
from asknext.store.rows import Place, blocks, need_examples
from asknext.store.tables import answers, events, leases

Questions = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold what somebody asks for."""

    who: str
    k: int
    wanted: int
    now: float
    expires: float


def claim(c: sa.Connection, place: Place, questions: Questions, wish: Claim) -> list[Lease]:
    """Lease what is free of these questions of a locked project; three queries a block of ids."""
    ids = [example for example, _ in questions]
    need_examples(c, place, ids)
    taken = choose(
        ids,
        wish.who,
        wish.k,
        wanted=wish.wanted,
        said=_said(c, place, ids),
        holders=_holders(c, place, ids, wish.now),
    )
    drafts = facts.asked_drafts(wish.who, [questions[i] for i in taken], wish.now)
    asked = [done.event for done in append(c, place, drafts)]
    if asked:
        _replace(c, place, wish, [(event.example or "", event.seq) for event in asked])
    return facts.leases(asked, wish.expires)


def _said(c: sa.Connection, place: Place, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = defaultdict(dict)
    t = answers.c
    for block in blocks(dict.fromkeys(ids)):
        query = sa.select(t.example, t.who, t.action)
        for example, who, action in c.execute(
            query.where(t.project == place.id, t.example.in_(block))
        ):
            said[example][who] = action
    return said


def _holders(
    c: sa.Connection, place: Place, ids: Sequence[str], now: float
) -> dict[str, list[str]]:
    holders: dict[str, list[str]] = defaultdict(list)
    t = leases.c
    for block in blocks(dict.fromkeys(ids)):
        query = sa.select(t.example, t.who)
        for example, who in c.execute(
            query.where(t.project == place.id, t.example.in_(block), t.expires > now)
        ):
            holders[example].append(who)
    return holders


def _replace(c: sa.Connection, place: Place, wish: Claim, taken: Sequence[tuple[str, int]]) -> None:
    drop(c, place, wish.who, [example for example, _ in taken])  # those that ran out
    rows = [
        {
            "project": place.id,
            "example": example,
            "who": wish.who,
            "seq": seq,
            "expires": wish.expires,
        }
        for example, seq in taken
    ]
    for block in blocks(rows):
        c.execute(sa.insert(leases), block)


def drop(c: sa.Connection, place: Place, who: str, ids: Sequence[str]) -> None:
    """Remove somebody's leases on these examples, where there are any."""
    t = leases.c
    for block in blocks(dict.fromkeys(ids)):
        c.execute(
            sa.delete(leases).where(t.project == place.id, t.who == who, t.example.in_(block))
        )


def live(c: sa.Connection, place: Place, now: float, who: str | None = None) -> list[Lease]:
    """Return the unexpired leases, of everybody or of one, oldest first."""
    t = leases.c
    asked = sa.and_(events.c.project == t.project, events.c.seq == t.seq)
    query = (
        sa.select(t.example, t.who, t.expires, events.c.data)
        .join_from(leases, events, asked)
        .where(t.project == place.id, t.expires > now)
        .order_by(t.seq)
    )
    mine = query if who is None else query.where(t.who == who)
    return [Lease(*row) for row in c.execute(mine)]


def extend(c: sa.Connection, place: Place, who: str, now: float, expires: float) -> None:
    """Move the end of somebody's unexpired leases, never to an earlier time."""
    t = leases.c
    mine = (t.project == place.id, t.who == who, t.expires > now, t.expires < expires)
    c.execute(sa.update(leases).where(*mine).values(expires=expires))

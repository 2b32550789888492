"""Claim, list and renew leases, inside one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from asknext.core.events import Event, Lease
from asknext.store import facts
from asknext.store.among import among
from asknext.store.appending import forget, record
from asknext.store.claiming import choose
from asknext.store.rows import Place, blocks, need_examples
from asknext.store.tables import answers, events, leases

Questions = Sequence[tuple[str, Mapping[str, Any]]]

_of = sa.bindparam("of", type_=sa.Integer)
_ours = (leases.c.project == _of, leases.c.expires > sa.bindparam("now"))
_SAID = sa.select(answers.c.example, answers.c.who, answers.c.action).where(
    answers.c.project == _of, among(answers.c.example, "ids")
)
_HOLDERS = sa.select(leases.c.example, leases.c.who).where(*_ours, among(leases.c.example, "ids"))
_TAKE = sa.insert(leases)
_LIVE = (
    sa.select(leases.c.example, leases.c.who, leases.c.expires, events.c.data)
    .join_from(
        leases,
        events,
        sa.and_(events.c.project == leases.c.project, events.c.seq == leases.c.seq),
    )
    .where(*_ours)
    .order_by(leases.c.seq)
)
_LIVE_BY = _LIVE.where(leases.c.who == sa.bindparam("by"))
_EXTEND = (
    sa.update(leases)
    .where(*_ours, leases.c.who == sa.bindparam("by"), leases.c.expires < sa.bindparam("until"))
    .values(expires=sa.bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold what somebody asks for."""

    who: str
    k: int
    wanted: int
    now: float
    expires: float
    again: Collection[str] = ()


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
        again=wish.again,
    )
    drafts = facts.asked_drafts(wish.who, [questions[i] for i in taken], wish.now)
    asked = record(c, place, drafts)
    forget(c, leases, place, [(event.example or "", wish.who) for event in asked])  # ran out
    for block in blocks(asked):
        c.execute(_TAKE, [_lease_row(place, event, wish.expires) for event in block])
    return facts.leases(asked, wish.expires)


def _lease_row(place: Place, asked: Event, expires: float) -> dict[str, object]:
    return {
        "project": place.id,
        "example": asked.example,
        "who": asked.who,
        "seq": asked.seq,
        "expires": expires,
    }


def _said(c: sa.Connection, place: Place, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for block in blocks(ids):
        for example, who, action in c.execute(_SAID, {"of": place.id, "ids": block}):
            said[example][who] = action
    return said


def _holders(c: sa.Connection, place: Place, ids: Sequence[str], now: float) -> dict[str, set[str]]:
    holders: dict[str, set[str]] = defaultdict(set)
    for block in blocks(ids):
        for example, who in c.execute(_HOLDERS, {"of": place.id, "ids": block, "now": now}):
            holders[example].add(who)
    return holders


def live(c: sa.Connection, place: Place, now: float) -> list[Lease]:
    """Return the unexpired leases, oldest first."""
    return [Lease(*row) for row in c.execute(_LIVE, {"of": place.id, "now": now})]


def live_by(c: sa.Connection, place: Place, who: str, now: float) -> list[Lease]:
    """Return the unexpired leases of one annotator, oldest first."""
    return [Lease(*row) for row in c.execute(_LIVE_BY, {"of": place.id, "now": now, "by": who})]


def extend(c: sa.Connection, place: Place, who: str, now: float, expires: float) -> None:
    """Move the end of somebody's unexpired leases, never to an earlier time."""
    c.execute(_EXTEND, {"of": place.id, "by": who, "now": now, "until": expires})

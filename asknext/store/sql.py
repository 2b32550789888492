"""SqlStore: the facts in SQLite or PostgreSQL. Each method is one transaction."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from asknext.core.errors import AlreadyExists
from asknext.core.events import Appended, Draft, Event, Lease
from asknext.core.examples import Example, Outline
from asknext.core.protocols import Added
from asknext.core.settings import Settings
from asknext.store import adding, appending, claims, facts, values
from asknext.store.among import among
from asknext.store.engine import Database
from asknext.store.rows import (
    BLOCK,
    EVENT,
    EXAMPLE,
    blocks,
    event_of,
    example_of,
    find,
    lock,
    need_examples,
    no_example,
)
from asknext.store.tables import answers, artifacts, events, examples, leases, projects

_of = sa.bindparam("of", type_=sa.Integer)
_SETTINGS = sa.select(projects.c.settings).where(projects.c.id == _of)
_CONFIGURE = sa.update(projects).where(projects.c.id == _of).values(settings=sa.bindparam("new"))
_OUTLINE = (
    sa.select(*(examples.c[name] for name in Outline._fields))
    .where(examples.c.project == _of, examples.c.row > sa.bindparam("after"))
    .order_by(examples.c.row)
)
_SCAN = (
    sa.select(examples.c.row, *EXAMPLE)
    .where(examples.c.project == _of, examples.c.row > sa.bindparam("after"))
    .order_by(examples.c.row)
    .limit(sa.bindparam("most"))
)
_EXAMPLES = sa.select(*EXAMPLE).where(examples.c.project == _of, among(examples.c.id, "ids"))
_EVENTS = (
    sa.select(*EVENT)
    .where(events.c.project == _of, events.c.seq > sa.bindparam("after"))
    .order_by(events.c.seq)
    .limit(sa.bindparam("most"))
)
_ARTIFACT = sa.and_(artifacts.c.project == _of, artifacts.c.name == sa.bindparam("called"))
_FETCH = sa.select(artifacts.c.data).where(_ARTIFACT)
_UNPUT = sa.delete(artifacts).where(_ARTIFACT)
_ALL = 2**62


class SqlStore:
    """Keep the facts in a database, by the contract of `Store`.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or
            ``postgresql://user@host/database``; tables are made or upgraded at once.

    Raises:
        MissingExtra: PostgreSQL without psycopg.
        StoreError: the database cannot be opened, or was written by a newer asknext.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._database = Database(sa.make_url(url))

    def create(self, settings: Settings) -> None:
        """Make a project and append its first ``settings`` event."""
        draft = facts.settings_draft(settings, time.time())
        row = {"name": settings.name, "settings": draft.data, "next_seq": 1, "next_row": 0}
        with self._database.write() as c:
            try:
                c.execute(sa.insert(projects), row)
            except IntegrityError as error:
                raise AlreadyExists(
                    f"a project named {settings.name!r} exists already; choose another name"
                ) from error
            appending.record(c, lock(c, settings.name), [draft])

    def configure(self, settings: Settings, at: float) -> None:
        """Replace the settings of a project and append a ``settings`` event."""
        draft = facts.settings_draft(settings, at)
        with self._database.write() as c:
            place = lock(c, settings.name)
            c.execute(_CONFIGURE, {"of": place.id, "new": draft.data})
            appending.record(c, place, [draft])

    def projects(self) -> list[Settings]:
        """Return the settings of all projects, by name."""
        with self._database.read() as c:
            found = list(c.scalars(sa.select(projects.c.settings)))
        return sorted(map(Settings.from_json, found), key=lambda settings: settings.name)

    def settings(self, project: str) -> Settings:
        """Return the settings of one project."""
        with self._database.read() as c:
            found = c.execute(_SETTINGS, {"of": find(c, project).id}).scalar_one()
        return Settings.from_json(found)

    def delete(self, project: str) -> None:
        """Remove a project and everything in it."""
        with self._database.write() as c:
            place = lock(c, project)
            for table in (artifacts, leases, answers, events, examples):
                c.execute(sa.delete(table).where(table.c.project == place.id))
            c.execute(sa.delete(projects).where(projects.c.id == place.id))

    def add(self, project: str, examples: Iterable[Example]) -> Added:
        """Append examples, all or none; nothing is locked while the iterable is read."""
        return adding.add(self._database, project, examples)

    def outline(self, project: str, after: int = -1) -> list[Outline]:
        """Return the outlines with a row larger than `after`, by row."""
        with self._database.read() as c:
            rows = c.execute(_OUTLINE, {"of": find(c, project).id, "after": after})
            return [Outline._make(row) for part in rows.partitions(BLOCK) for row in part]

    def scan(self, project: str, after: int = -1, limit: int = 1000) -> list[tuple[int, Example]]:
        """Return up to `limit` (row, example) with a row larger than `after`, by row."""
        asked = {"after": after, "most": max(limit, 0)}
        with self._database.read() as c:
            rows = c.execute(_SCAN, {"of": find(c, project).id, **asked})
            return [(row, example_of(rest)) for row, *rest in rows.all()]

    def examples(self, project: str, ids: Sequence[str]) -> dict[str, Example]:
        """Return the examples of these ids, in their order."""
        found: dict[str, Example] = {}
        with self._database.read() as c:
            place = find(c, project)
            for block in blocks(filter(values.storable, ids)):
                rows = c.execute(_EXAMPLES, {"of": place.id, "ids": block})
                found.update({row[0]: example_of(row) for row in rows})
        for example in ids:
            if example not in found:
                raise no_example(place, example)
        return {example: found[example] for example in ids}

    def append(self, project: str, drafts: Sequence[Draft]) -> list[Appended]:
        """Append events in order; a known `key` returns the known event."""
        good = [facts.checked(draft) for draft in drafts]
        with self._database.write() as c:
            return appending.append(c, lock(c, project), good)

    def events(self, project: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events with a seq larger than `after`, in order."""
        asked = {"after": after, "most": _ALL if limit is None else max(limit, 0)}
        with self._database.read() as c:
            rows = c.execute(_EVENTS, {"of": find(c, project).id, **asked})
            return [event_of(row) for part in rows.partitions(BLOCK) for row in part]

    def claim(
        self,
        project: str,
        who: str,
        questions: Sequence[tuple[str, Mapping[str, Any]]],
        k: int,
        *,
        wanted: int,
        now: float,
        expires: float,
        again: Collection[str] = (),
    ) -> list[Lease]:
        """Lease up to `k` of these (example id, question) to `who`, in the order given."""
        until = values.moment(expires, "expires")
        wish = claims.Claim(values.name(who, "who"), k, wanted, now, until, again)
        with self._database.write() as c:
            return claims.claim(c, lock(c, project), questions, wish)

    def leases(self, project: str, now: float) -> list[Lease]:
        """Return the unexpired leases, oldest first."""
        with self._database.read() as c:
            return claims.live(c, find(c, project), now)

    def renew(self, project: str, who: str, now: float, expires: float) -> list[Lease]:
        """Extend all unexpired leases of `who` and return them; none is made shorter."""
        values.name(who, "who")
        until = values.moment(expires, "expires")
        with self._database.write() as c:
            place = lock(c, project)
            claims.extend(c, place, who, now, until)
            return claims.live_by(c, place, who, now)

    def release(self, project: str, who: str, ids: Sequence[str]) -> None:
        """Give questions back unanswered; one that `who` does not hold is passed over."""
        values.name(who, "who")
        with self._database.write() as c:
            place = lock(c, project)
            need_examples(c, place, ids)
            appending.forget(c, leases, place, [(example, who) for example in ids])

    def put(self, project: str, name: str, data: bytes) -> None:
        """Keep an artifact under a name, replacing it."""
        key = values.name(name, "the name of the artifact")
        with self._database.write() as c:
            place = lock(c, project)
            c.execute(_UNPUT, {"of": place.id, "called": key})
            row = {"project": place.id, "name": key, "data": bytes(data)}
            c.execute(sa.insert(artifacts), row)

    def fetch(self, project: str, name: str) -> bytes | None:
        """Return an artifact, None where there is none."""
        with self._database.read() as c:
            place = find(c, project)
            if not values.storable(name):
                return None
            data = c.execute(_FETCH, {"of": place.id, "called": name}).scalar()
        return None if data is None else bytes(data)

    def close(self) -> None:
        """Let go of the connections."""
        self._database.close()

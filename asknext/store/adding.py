"""Add examples: gather them in a temporary table, then copy those that are new in one statement.

The caller's iterable may be slow (a file, a network); while it runs nothing is locked, so people
go on answering, and an error in it leaves nothing behind. The project is locked for the copy only.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from asknext.core.examples import Example
from asknext.core.protocols import Added
from asknext.store import values
from asknext.store.engine import Database
from asknext.store.rows import Place, blocks, find, lock
from asknext.store.tables import examples, incoming, projects


def add(database: Database, project: str, given: Iterable[Example]) -> Added:
    """Append examples to a project, all or none."""
    with database.read() as c:
        find(c, project)
    with database.session() as c:
        with c.begin():
            incoming.create(c, checkfirst=False)
            total = _gather(c, given)
            _drop_repeats(c)
        try:
            with database.writing(c):
                new = _copy(c, lock(c, project))
        finally:
            with c.begin():
                incoming.drop(c, checkfirst=False)
    return Added(new=new, known=total - new)


def _gather(c: sa.Connection, given: Iterable[Example]) -> int:
    total = 0
    mark = "?" if c.dialect.name == "sqlite" else "%s"
    query = f"INSERT INTO {incoming.name} VALUES ({', '.join([mark] * len(incoming.columns))})"
    for block in blocks(given):
        rows = [_row(place, example) for place, example in enumerate(block, start=total)]
        c.exec_driver_sql(query, rows)
        total += len(rows)
    return total


def _row(place: int, given: Example) -> tuple[object, ...]:
    """Return the columns of `incoming`; written by hand, for the ORM's way takes twice as long."""
    example, fields, meta, key, copy_of, near, split, gold = values.parts(given)
    answer = None if gold is None else values.dumps(gold)
    texts = (answer, values.dumps(fields), values.dumps(meta) if meta else "{}")
    return (place, example, key, copy_of, near, split, *texts)


def _drop_repeats(c: sa.Connection) -> None:
    first = sa.select(sa.func.min(incoming.c.place)).group_by(incoming.c.id)
    c.execute(sa.delete(incoming).where(incoming.c.place.not_in(first)))


def _copy(c: sa.Connection, place: Place) -> int:
    names = [column.name for column in incoming.columns if column.name != "place"]
    there = sa.exists().where(examples.c.project == place.id, examples.c.id == incoming.c.id)
    row = sa.func.row_number().over(order_by=incoming.c.place) + (place.next_row - 1)
    project = sa.literal(place.id, sa.Integer)
    query = sa.select(project, row, *(incoming.c[name] for name in names)).where(~there)
    insert = sa.insert(examples).from_select(["project", "row", *names], query)
    done = c.execute(insert, execution_options={"preserve_rowcount": True})
    mine = projects.c.id == place.id
    c.execute(sa.update(projects).where(mine).values(next_row=place.next_row + done.rowcount))
    return done.rowcount

"""Bring a database to the tables of this version, when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from asknext.core.errors import StoreError
from asknext.store.tables import REVISION, VERSION_TABLE

FOLDER = Path(__file__).with_name("migrations")
_ADVISORY = 0x61736B6E  # any fixed number: processes that open one PostgreSQL database queue here


def revision(c: sa.Connection) -> str | None:
    """Return the revision of a database, None for a new one."""
    if not sa.inspect(c).has_table(VERSION_TABLE):
        return None
    found: str | None = c.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return found


def migrate(reading: sa.Engine, writing: sa.Engine, to: str = REVISION) -> None:
    """Upgrade to the revision `to`, entirely or not at all; does nothing where it is there.

    The engines are two faces of one; `writing` begins a transaction as a writer.

    Raises:
        StoreError: a newer asknext wrote this database.
    """
    with reading.connect() as c:
        if _settled(c, to):
            return
    with writing.connect() as c, loose(c), c.begin():
        if c.dialect.name == "postgresql":
            c.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY)))
        if not _settled(c, to):  # another process may have been faster
            _upgrade(c, to)


@contextmanager
def loose(c: sa.Connection) -> Iterator[None]:
    """Suspend SQLite's foreign keys: remaking a table would empty those that refer to it."""
    if c.dialect.name != "sqlite":
        yield
        return
    raw: Any = c.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON").close()


def _settled(c: sa.Connection, to: str) -> bool:
    now = revision(c)
    if now is not None and now > REVISION:
        raise StoreError(
            f"this database was written by a newer asknext (tables {now}; this one knows up to "
            f"{REVISION}); type: pip install --upgrade asknext"
        )
    return now == to


def _upgrade(c: sa.Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = c
    command.upgrade(config, to)

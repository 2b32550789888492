"""Database: connections and transactions, on SQLite and PostgreSQL.

SQLite has one writer at a time whatever we do, so writers of this process queue at a lock, which
is fair and wakes at once; only the first of them competes with other processes. Readers never
wait: WAL gives each its snapshot.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from asknext.core.errors import InvalidInput, StoreError
from asknext.core.imports import require
from asknext.store.migrating import migrate
from asknext.store.values import dumps, loads

BUSY = 15_000  # ms that SQLite itself waits for a lock
PATIENCE = 30.0  # s that a writer waits for its turn
PAUSE = 0.002  # s between two tries
PRAGMAS = (
    f"busy_timeout={BUSY}",  # first, for the others may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-32768",  # KiB
    "journal_size_limit=67108864",  # bytes; gives the disk back after a large import
)
_WRITES = "asknext_writes"


class Database:
    """Open a database and give out transactions.

    Raises:
        InvalidInput: SQLite without a file, or in a folder that does not exist.
        MissingExtra: PostgreSQL without psycopg.
        StoreError: it cannot be opened, or was written by a newer asknext.
    """

    def __init__(self, url: sa.URL) -> None:
        self._gate: AbstractContextManager[Any] = nullcontext()
        self._closed = False
        if url.get_backend_name() == "sqlite":
            self._gate = Lock()
            self._engine = _sqlite(url)
        else:
            self._engine = _postgresql(url)
        try:
            with translated():
                migrate(self._engine, self._engine.execution_options(**{_WRITES: True}))
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a transaction that changes nothing."""
        with self.session() as c, c.begin():
            yield c

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a transaction that may change things."""
        with self.session() as c, self.writing(c):
            yield c

    @contextmanager
    def writing(self, c: sa.Connection) -> Iterator[None]:
        """Run one writing transaction on a connection that `session` gave."""
        with self._gate:
            c.execution_options(**{_WRITES: True})
            try:
                with c.begin():
                    yield
            finally:
                c.execution_options(**{_WRITES: False})

    @contextmanager
    def session(self) -> Iterator[sa.Connection]:
        """Give a connection without a transaction; what the database refuses is a StoreError."""
        if self._closed:
            raise StoreError("this store was closed; open another")
        with translated(), self._engine.connect() as c:
            yield c

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._engine.dispose()


@contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of the database into StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        raise StoreError(f"the database refused: {reason}") from error


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise InvalidInput("a sqlite store needs a file: sqlite:///file.db; or give memory://")
    folder = Path(url.database).resolve().parent
    if not folder.is_dir():
        raise InvalidInput(f"the folder {str(folder)!r} does not exist; make it first")
    engine = sa.create_engine(
        url,
        json_serializer=dumps,
        json_deserializer=loads,
        pool_size=8,
        max_overflow=56,
        pool_timeout=60,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in PRAGMAS:
            _patiently(connection, f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(c: sa.Connection) -> None:
        # A writer that began as a reader may find its snapshot old, and fail; so say it at once.
        raw: Any = c.connection.driver_connection
        if c.get_execution_options().get(_WRITES):
            _begin_writing(raw)
        else:
            raw.execute("BEGIN").close()

    return engine


def _begin_writing(raw: sqlite3.Connection) -> None:
    # SQLite's own wait soon tries only ten times a second, and so starves beside a busy process.
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        _patiently(raw, "BEGIN IMMEDIATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY}").close()


def _patiently(raw: sqlite3.Connection, statement: str) -> None:
    """Run a statement, again and again while the database is busy.

    Changing to WAL fails at once where another connection is changing too: SQLite never waits
    there, whatever its timeout.
    """
    deadline = time.monotonic() + PATIENCE
    while not _done(raw, statement):
        if time.monotonic() > deadline:
            raise StoreError(
                f"another process has kept the database busy for {PATIENCE:.0f} s; try again"
            )
        time.sleep(PAUSE)


def _done(raw: sqlite3.Connection, statement: str) -> bool:
    try:
        raw.execute(statement).close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise StoreError(f"the database refused: {error}") from error
        return False
    return True


def _postgresql(url: sa.URL) -> sa.Engine:
    require("psycopg", extra="postgres", purpose="a postgresql:// store")
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dumps,
        pool_pre_ping=True,  # a server that was restarted is found again
        pool_size=8,
        max_overflow=24,
        pool_timeout=60,
    )

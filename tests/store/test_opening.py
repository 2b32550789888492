"""A URL opens the right store, or says what to do."""

from __future__ import annotations

import sqlite3
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from asknext.core.errors import InvalidInput, MissingExtra, NotFound, StoreError
from asknext.store import engine
from asknext.store.engine import Database
from asknext.store.memory import MemoryStore
from asknext.store.opening import open_store
from asknext.testing.store_cases import NAME, answered, settings, texts


def test_memory_is_another_one_each_time() -> None:
    first, second = open_store("memory://"), open_store("memory://")
    assert isinstance(first, MemoryStore)
    first.create(settings())
    assert second.projects() == []


@pytest.mark.parametrize("url", ["mysql://x/y", "labels.db", "", "sqlite:/x", "file:///x"])
def test_a_wrong_scheme_says_what_is_allowed(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_store(url)
    for allowed in ("memory://", "sqlite:///", "postgresql://"):
        assert allowed in str(caught.value)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(InvalidInput) as caught:
        open_store("mysql://ann:sec@ret@host/db")
    assert "ret" not in str(caught.value)
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://ann:secret@127.0.0.1:9/db?connect_timeout=2")
    assert "secret" not in str(refused.value)


def test_another_driver_is_refused() -> None:
    with pytest.raises(InvalidInput, match="postgresql://"):
        open_store("postgresql+asyncpg://host/db")


def test_a_sqlite_store_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="memory://"):
        open_store("sqlite://")
    with pytest.raises(InvalidInput, match="memory://"):
        open_store("sqlite:///:memory:")
    with pytest.raises(InvalidInput, match="folder"):
        open_store(f"sqlite:///{tmp_path}/nowhere/x.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_driver_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"pip install 'asknext\[postgres\]'"):
        open_store("postgresql://host/db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("These are not the tables you are looking for. " * 50)
    with pytest.raises(StoreError, match="not a database"):
        open_store(f"sqlite:///{path}")


def test_somebody_elses_tables_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE events (what TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="events already exists"):
        open_store(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    connection.close()
    assert names == ["events"], "half a migration stayed"


def test_what_was_stored_is_there_after_reopening(url: str) -> None:
    store = open_store(url)
    store.create(settings())
    store.add(NAME, texts("a", "例"))
    store.append(NAME, [answered("例", "ann", key="k")])
    before = (store.events(NAME), store.scan(NAME))
    store.close()
    again = open_store(url)
    assert (again.events(NAME), again.scan(NAME)) == before
    assert not again.append(NAME, [answered("例", "ann", key="k")])[0].fresh
    again.close()


def test_a_closed_store_says_so(url: str) -> None:
    for store in (open_store(url), MemoryStore()):
        store.close()
        store.close()
        with pytest.raises(StoreError, match="closed"):
            store.projects()


def test_two_handles_see_each_other(url: str) -> None:
    first, second = open_store(url), open_store(url)
    first.create(settings())
    second.add(NAME, texts("a"))
    assert [row.id for row in first.outline(NAME)] == ["a"]
    first.delete(NAME)
    with pytest.raises(NotFound, match="none yet"):
        second.settings(NAME)
    first.close()
    second.close()


def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    database = Database(sa.make_url(f"sqlite:///{tmp_path}/x.db"))
    with database.write() as c:
        found = {
            name: c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_changing_to_wal_waits_where_sqlite_itself_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two connections that change at the same time are refused at once, whatever the timeout.
    at_once = tuple(p if "busy" not in p else "busy_timeout=0" for p in engine.PRAGMAS)
    monkeypatch.setattr(engine, "PRAGMAS", at_once)
    reader = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    for statement in ("CREATE TABLE t (x)", "BEGIN", "SELECT * FROM t"):
        reader.execute(statement).fetchall()
    timer = threading.Timer(0.2, reader.close)
    timer.start()
    store = open_store(f"sqlite:///{tmp_path}/x.db")
    timer.join()
    assert store.projects() == []
    store.close()

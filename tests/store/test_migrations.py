"""The tables: their history leads to what the code says, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from asknext.core.errors import StoreError
from asknext.store import migrating
from asknext.store.opening import open_store
from asknext.store.tables import REVISION, VERSION_TABLE, metadata
from asknext.testing.store_cases import NAME, answered, settings, texts

SCRIPTS = ScriptDirectory(str(migrating.FOLDER))
HISTORY = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    """Give a bare engine on an empty database."""
    made = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool
    )
    yield made
    made.dispose()


def test_the_code_names_the_newest_migration() -> None:
    assert SCRIPTS.get_heads() == [REVISION]
    assert sorted(HISTORY) == HISTORY, "revisions are compared as text"


def test_the_history_leads_to_the_tables_of_the_code(url: str, engine: sa.Engine) -> None:
    open_store(url).close()
    with engine.connect() as c:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        differences = compare_metadata(MigrationContext.configure(c, opts=options), metadata)
        partial = _indexes(c)["uq_events_project_key"]
    assert differences == []
    assert "key is not null" in partial.replace("(", "").replace('"', "").lower()


def _indexes(c: sa.Connection) -> dict[str, str]:
    queries = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes",
    }
    return {name: str(text) for name, text in c.exec_driver_sql(queries[c.dialect.name])}


@pytest.mark.parametrize("oldest", HISTORY)
def test_every_older_database_is_upgraded_with_its_rows(
    url: str, engine: sa.Engine, oldest: str
) -> None:
    migrating.migrate(engine, engine, oldest)
    with engine.begin() as c:
        assert migrating.revision(c) == oldest
        c.exec_driver_sql(
            "INSERT INTO projects (id, name, settings, next_seq, next_row) VALUES "
            """(7, 'old', '{"name": "old", "task": {"kind": "x"}, "version": 1}', 2, 1)"""
        )
        c.exec_driver_sql(
            "INSERT INTO examples (project, row, id, key, split, fields, meta) "
            "VALUES (7, 0, 'a', 'k', 'pool', '{\"text\": \"旧\"}', '{}')"
        )
        c.exec_driver_sql(
            "INSERT INTO events (project, seq, kind, at, who, data) "
            "VALUES (7, 1, 'settings', 1.5, '', '{}')"
        )
    store = open_store(url)
    assert store.settings("old").task == {"kind": "x"}
    assert store.scan("old")[0][1].text == "旧"
    done = store.append("old", [answered("a", "ann")])
    assert [event.seq for event in store.events("old")] == [1, done[0].event.seq] == [1, 2]
    store.create(settings())
    store.close()


def test_a_newer_database_is_refused_and_left_alone(url: str, engine: sa.Engine) -> None:
    open_store(url).close()
    with engine.begin() as c:
        c.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer asknext.*pip install --upgrade asknext"):
        open_store(url)
    with engine.connect() as c:
        assert migrating.revision(c) == "9999"


def test_many_may_open_a_new_database_at_once(url: str) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            store = open_store(url)
            store.create(settings(f"p{number}"))
            store.close()
        except BaseException as error:  # noqa: BLE001  # shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = open_store(url)
    assert [project.name for project in store.projects()] == [f"p{i}" for i in range(6)]
    store.close()


def test_remaking_a_table_does_not_empty_its_children(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    store = open_store(url)
    store.create(settings())
    store.add(NAME, texts("a"))
    store.close()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as c:
        raw = c.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=ON").close()
        with migrating.loose(c), c.begin():
            c.exec_driver_sql("CREATE TABLE new AS SELECT * FROM projects")
            c.exec_driver_sql("DROP TABLE projects")
            c.exec_driver_sql("ALTER TABLE new RENAME TO projects")
            assert c.exec_driver_sql("SELECT id FROM examples").scalars().all() == ["a"]
        assert c.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()

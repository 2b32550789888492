"""Stores to test: each kind in a place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from asknext.core.errors import NotReady
from asknext.store.memory import MemoryStore
from asknext.store.opening import open_store
from asknext.testing.postgres import fresh_database, postgres_server
from asknext.testing.stores import MakeStore


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the URL of a PostgreSQL server of our own; skip where none can be started."""
    try:
        with postgres_server() as url:
            yield url
    except NotReady as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    with fresh_database(postgres) as url:
        yield url


DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/asknext.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["memory", *DATABASES])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStore:
    """Give what makes an empty store, of each kind in turn; a check makes one."""
    if request.param == "memory":
        return MemoryStore
    if request.param == "sqlite":
        return lambda: open_store(f"sqlite:///{tmp_path}/{uuid4().hex}.db")
    url = str(request.getfixturevalue("postgres_url"))
    return lambda: open_store(url)

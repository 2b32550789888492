"""A server over a home of its own, reached by a client that holds the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from asknext.core.errors import NotReady
from asknext.core.home import Home
from asknext.server.app import create_app
from asknext.testing.postgres import fresh_database, postgres_server

BASE = "http://127.0.0.1:8000"
SECRET = "a-secret-for-tests"


def make_client(app: FastAPI, *, key: str | None = SECRET) -> TestClient:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return TestClient(
        app,
        base_url=BASE,
        headers=headers,
        raise_server_exceptions=False,
        follow_redirects=False,
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    return Home.find(tmp_path / "home")


@pytest.fixture
def app(home: Home) -> FastAPI:
    return create_app(home, secret=SECRET, upload_limit=200_000)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with make_client(app) as client:
        yield client


@pytest.fixture
def stranger(app: FastAPI, client: TestClient) -> TestClient:
    """The same server, without the key."""
    return make_client(app, key=None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own; skip where none can be started."""
    try:
        with postgres_server() as url:
            yield url
    except NotReady as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with fresh_database(postgres) as url:
        yield url

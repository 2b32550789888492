"""Open a store by its URL."""

from __future__ import annotations

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Store

_DRIVERS = {"sqlite": ("", "pysqlite"), "postgresql": ("", "psycopg")}


def open_store(url: str) -> Store:
    """Open ``memory://``, ``sqlite:///path``, ``postgresql://…`` or what a plug-in brings.

    A plug-in registers a name in the group ``asknext.store``; it is called with the URL.

    Raises:
        InvalidInput: no store goes by that scheme.
        MissingExtra: PostgreSQL without psycopg.
        StoreError: the database cannot be opened, or was written by a newer asknext.

    >>> open_store("memory://").projects()
    []
    >>> open_store("labels.db")
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: 'labels.db' is no store; give memory://, \
postgresql://user@host/database or sqlite:///file.db
    """
    scheme, found, rest = url.partition("://")
    kind, _, driver = scheme.partition("+")
    kind = {"postgres": "postgresql"}.get(kind, kind)
    if not found or kind not in registry.names("store"):
        raise InvalidInput(f"{_without_password(url)!r} is no store; give {_allowed()}")
    if driver not in _DRIVERS.get(kind, (driver,)):
        raise InvalidInput(f"{scheme!r} names a driver asknext does not use; type {kind}://…")
    store: Store = registry.get("store", kind)(f"{kind}://{rest}")
    return store


def _allowed() -> str:
    examples = {"memory": "", "postgresql": "user@host/database", "sqlite": "/file.db"}
    known = [f"{name}://{examples.get(name, '…')}" for name in registry.names("store")]
    return " or ".join([", ".join(known[:-1]), known[-1]])


def _without_password(url: str) -> str:
    return url.rpartition("@")[2] if "@" in url else url

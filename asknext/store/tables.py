"""The tables, keyed by project first; `migrations` makes them, a test keeps the two equal.

``answers`` and ``leases`` are derived: replaying ``events`` gives the same rows (a lease that ran
out or was released leaves no event). The question of a lease is the data of its ``asked`` event.
"""

from __future__ import annotations

import sqlalchemy as sa

REVISION = "0001"
"""The newest migration; a database that says anything else is upgraded or refused."""

VERSION_TABLE = "asknext_version"

# Not JSONB: it refuses \u0000, reorders keys and turns 1e22 into an integer.
JSON = sa.JSON(none_as_null=True)

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _project() -> sa.Column[int]:
    owner = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project", sa.Integer, owner, primary_key=True, autoincrement=False)


projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("settings", JSON, nullable=False),
    sa.Column("next_seq", sa.BigInteger, nullable=False),
    sa.Column("next_row", sa.BigInteger, nullable=False),
)

examples = sa.Table(
    "examples",
    metadata,
    _project(),
    sa.Column("row", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("copy_of", sa.Text),
    sa.Column("near", sa.Text),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("gold", JSON),
    sa.Column("fields", JSON, nullable=False),
    sa.Column("meta", JSON, nullable=False),
    sa.UniqueConstraint("project", "id"),
)

events = sa.Table(
    "events",
    metadata,
    _project(),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("example", sa.Text),
    sa.Column("key", sa.Text),
    sa.Column("data", JSON, nullable=False),
)
sa.Index(
    "uq_events_project_key",
    events.c.project,
    events.c.key,
    unique=True,
    sqlite_where=events.c.key.is_not(None),
    postgresql_where=events.c.key.is_not(None),
)

answers = sa.Table(
    "answers",
    metadata,
    _project(),
    sa.Column("example", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

leases = sa.Table(
    "leases",
    metadata,
    _project(),
    sa.Column("example", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Index("ix_leases_project_who", "project", "who"),
    sa.Index("ix_leases_project_expires", "project", "expires"),
    sqlite_with_rowid=False,
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    _project(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

incoming = sa.Table(
    "asknext_incoming",
    sa.MetaData(),
    sa.Column("place", sa.Integer, nullable=False),
    *(sa.Column(c.name, c.type) for c in examples.columns if c.name not in ("project", "row")),
    prefixes=["TEMPORARY"],
)
"""Where `add` gathers examples, private to one connection, before it locks anything."""

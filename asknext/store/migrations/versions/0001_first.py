"""Make the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None


def _owned(name: str, *parts: SchemaItem, key: list[str], **options: bool) -> None:
    op.create_table(
        name,
        sa.Column("project", sa.Integer, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("project", *key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=f"fk_{name}_project", ondelete="CASCADE"
        ),
        **options,
    )


def upgrade() -> None:
    """Make projects, examples, events, answers, leases and artifacts."""
    _projects()
    _examples()
    _events()
    _derived()
    _owned(
        "artifacts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        key=["name"],
    )


def _projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("next_seq", sa.BigInteger, nullable=False),
        sa.Column("next_row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("name", name="uq_projects_name"),
    )


def _examples() -> None:
    _owned(
        "examples",
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("copy_of", sa.Text),
        sa.Column("near", sa.Text),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("gold", sa.JSON),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("meta", sa.JSON, nullable=False),
        sa.UniqueConstraint("project", "id", name="uq_examples_project_id"),
        key=["row"],
    )


def _events() -> None:
    _owned(
        "events",
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("example", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("data", sa.JSON, nullable=False),
        key=["seq"],
    )
    given = sa.text("key IS NOT NULL")
    op.create_index(
        "uq_events_project_key",
        "events",
        ["project", "key"],
        unique=True,
        sqlite_where=given,
        postgresql_where=given,
    )


def _derived() -> None:
    _owned(
        "answers",
        sa.Column("example", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        key=["example", "who"],
        sqlite_with_rowid=False,
    )
    _owned(
        "leases",
        sa.Column("example", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        key=["example", "who"],
        sqlite_with_rowid=False,
    )
    op.create_index("ix_leases_project_who", "leases", ["project", "who"])
    op.create_index("ix_leases_project_expires", "leases", ["project", "expires"])

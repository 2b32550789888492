"""Run the migrations on the connection in ``config.attributes``; Alembic executes this file."""

from __future__ import annotations

from alembic import context

from asknext.store.tables import VERSION_TABLE, metadata


def run() -> None:
    """Bring the given connection's database up; the caller commits."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic executes it; an import does nothing
    run()

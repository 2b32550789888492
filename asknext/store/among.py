"""``column among (many texts)`` as one bound parameter, so one plan serves any number of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from asknext.store.values import dumps


class Texts(TypeDecorator[Sequence[str]]):
    """Bind a list of texts: a JSON list on SQLite, an array on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Choose the type by the database."""
        array = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(sa.Text) if array else sa.Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> Any:
        """Write the list as the database wants it."""
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else dumps(texts)


class Among(FunctionElement[Any]):
    """Compare a column with a bound list of texts.

    It has no type on purpose: of a Boolean SQLAlchemy asks ``= 1`` on SQLite, which hides the
    column from the indexes.
    """

    inherit_cache = True


def among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """Say that a column is one of the texts bound under `name`.

    >>> from sqlalchemy.dialects import sqlite
    >>> str(among(sa.column("id"), "ids").compile(dialect=sqlite.dialect()))
    'id IN (SELECT value FROM json_each(?))'
    """
    return Among(column, sa.bindparam(name, type_=Texts()))


@compiles(Among, "sqlite")
def _sqlite(element: Among, compiler: SQLCompiler, **given: Any) -> str:
    column, texts = (compiler.process(part, **given) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(Among, "postgresql")
def _postgresql(element: Among, compiler: SQLCompiler, **given: Any) -> str:
    column, texts = (compiler.process(part, **given) for part in element.clauses)
    return f"{column} = ANY({texts})"

"""Statements that SQLite and PostgreSQL both know, each in its own words."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

#: Rows in one `IN (...)`: of three columns they stay below the least limit on variables, 999.
CHUNK = 300
T = TypeVar("T")


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what to do about a conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(
    connection: Connection, table: Table, *, greatest: str | None = None
) -> postgresql.Insert | sqlite.Insert:
    """Insert or replace by primary key; with `greatest` only by a greater value of that column."""
    statement = insert_into(connection, table)
    new = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_=new,
        where=None if greatest is None else statement.excluded[greatest] > table.c[greatest],
    )


def upsert_sum(connection: Connection, table: Table, column: str) -> postgresql.Insert | sqlite.Insert:
    """Insert, or add to what is there."""
    statement = insert_into(connection, table)
    return statement.on_conflict_do_update(
        index_elements=[key.name for key in table.primary_key],
        set_={column: table.c[column] + statement.excluded[column]},
    )


def chunks(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[start : start + CHUNK] for start in range(0, len(values), CHUNK)]

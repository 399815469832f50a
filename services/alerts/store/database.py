"""The database: SQLite or PostgreSQL, opened, tuned, created. What differs between them is here alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url

from services.alerts.store import tables

_CREATION_LOCK = 0x6A6C0003
_PRAGMAS = (
    "journal_mode=WAL",
    # FULL: what was sent must not be forgotten by a power cut, or it would be sent again.
    "synchronous=FULL",
    "busy_timeout=10000",
    "temp_store=MEMORY",
)
CONNECTIONS_MAX = 32


class WrongDatabase(Exception):
    """Not a database of this version; the text says how to get one."""


def open_database(address: str) -> Engine:
    """An engine on a database that exists, made if need be. Raises `WrongDatabase`."""
    url = _with_driver(make_url(address))
    engine = create_engine(url, pool_size=8, max_overflow=CONNECTIONS_MAX - 8, pool_timeout=10, **_extra(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune)
        event.listen(engine, "begin", _begin)
    try:
        _create(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def for_writing(engine: Engine) -> Engine:
    """SQLite: its transactions take the write lock at once, so that what they read stays so."""
    return engine.execution_options(is_writing=True)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads and writes."""
    with for_writing(engine).begin() as connection:
        yield connection


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Insert or replace by primary key."""
    statement = insert_into(connection, table)
    new = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=keys, set_=new)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _with_driver(url: URL) -> URL:
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return url
    raise WrongDatabase(f"{url.render_as_string()}: name a SQLite file or a PostgreSQL database")


def _extra(url: URL) -> dict[str, Any]:
    return {"pool_pre_ping": True} if url.get_backend_name() == "postgresql" else {}


def _tune(connection: Any, _: Any) -> None:
    # The driver would begin transactions by itself, and too late.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _create(engine: Engine) -> None:
    with writing(engine) as connection:
        # Replicas that start together must not both create.
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})")
        version = _version(connection)
        if version is None:
            tables.metadata.create_all(connection)
            connection.execute(insert(tables.meta).values(name="schema", value=tables.SCHEMA_VERSION))
        elif version != tables.SCHEMA_VERSION:
            raise WrongDatabase(
                f"{engine.url.render_as_string()} holds alerts of version {version}, this is"
                f" {tables.SCHEMA_VERSION}. Set JOURNEYLINE_ALERTS_DATABASE_URL to another database, or move"
                " the old one away (SQLite: the file with its -wal and -shm); incidents begin anew."
            )


def _version(connection: Connection) -> str | None:
    present = set(inspect(connection).get_table_names()) & set(tables.metadata.tables)
    if not present:
        return None
    if tables.meta.name not in present:
        return "unknown"
    return str(connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "schema")).scalar())

"""The database: SQLite or PostgreSQL, opened, tuned, created. What differs between them is here alone."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url

from services.live.store import tables

_CREATION_LOCK = 0x6A6C0001
_PRAGMAS = (
    "journal_mode=WAL",
    # A power cut may lose the last batches, never half of one: their offsets go with them.
    "synchronous=NORMAL",
    "busy_timeout=10000",
    "cache_size=-65536",
    "mmap_size=268435456",
    "temp_store=MEMORY",
    "wal_autocheckpoint=8000",
)
CONNECTIONS_MAX = 48


class WrongDatabase(Exception):
    """Not a read model of this version; the text says how to get one."""


def open_database(address: str) -> Engine:
    """An engine on a read model that exists, made if need be. Raises `WrongDatabase`."""
    url = _with_driver(make_url(address))
    engine = create_engine(url, pool_size=8, max_overflow=CONNECTIONS_MAX - 8, pool_timeout=10, **_extra(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune)
    try:
        _create(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def upsert(connection: Connection, table: Table, *, greatest: str | None = None) -> Insert:
    """Insert or replace by primary key; with `greatest` only by a greater value of that column."""
    statement = _insert(connection, table)
    new = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_=new,
        where=None if greatest is None else statement.excluded[greatest] > table.c[greatest],
    )


def upsert_sum(connection: Connection, table: Table, column: str) -> Insert:
    """Insert, or add to what is there."""
    statement = _insert(connection, table)
    return statement.on_conflict_do_update(
        index_elements=[key.name for key in table.primary_key],
        set_={column: table.c[column] + statement.excluded[column]},
    )


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
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
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _create(engine: Engine) -> None:
    with engine.begin() as connection:
        # Replicas that start together must not both create.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})")
        version = _version(connection)
        if version is None:
            tables.metadata.create_all(connection)
            connection.execute(insert(tables.meta).values(name="schema", value=tables.SCHEMA_VERSION))
        elif version != tables.SCHEMA_VERSION:
            raise WrongDatabase(
                f"{engine.url.render_as_string()} holds a read model of version {version}, this is"
                f" {tables.SCHEMA_VERSION}. The topics are the truth: drop the database (SQLite: delete the"
                " file with its -wal and -shm) and start again; it is projected anew."
            )


def _version(connection: Connection) -> str | None:
    present = set(inspect(connection).get_table_names()) & set(tables.metadata.tables)
    if not present:
        return None
    if tables.meta.name not in present:
        return "unknown"
    return str(connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "schema")).scalar())

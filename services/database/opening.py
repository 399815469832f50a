"""The database: SQLite or PostgreSQL, opened, tuned, created. What differs between them is here alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url

_PRAGMAS = ("journal_mode=WAL", "busy_timeout=10000", "temp_store=MEMORY")
_POOL = 8


class WrongDatabase(Exception):
    """Not a database of this version, or none at all; the text says what to do."""


class Schema(NamedTuple):
    """What a service keeps in its database."""

    metadata: MetaData
    #: Where the version stands: a `meta_table`.
    meta: Table
    version: str
    #: What it is and what to do about one of another version, in words.
    what: str
    advice: str
    #: Of PostgreSQL, apart for each schema: who creates.
    lock: int
    #: SQLite's, beyond those of all.
    pragmas: tuple[str, ...]
    connections_max: int


def meta_table(name: str, metadata: MetaData) -> Table:
    return Table(
        name, metadata,
        Column("name", String, primary_key=True),
        Column("value", String, nullable=False),
    )  # fmt: skip


def open_database(address: str, schema: Schema) -> Engine:
    """An engine on a database that exists, made if need be. Raises `WrongDatabase`."""
    url = _with_driver(make_url(address))
    overflow = schema.connections_max - _POOL
    engine = create_engine(url, pool_size=_POOL, max_overflow=overflow, pool_timeout=10, **_extra(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune(schema.pragmas))
        event.listen(engine, "begin", _begin)
    try:
        _create(engine, schema)
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


def _with_driver(url: URL) -> URL:
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        return url
    raise WrongDatabase(f"{url.render_as_string()}: name a SQLite file or a PostgreSQL database")


def _extra(url: URL) -> dict[str, Any]:
    return {"pool_pre_ping": True} if url.get_backend_name() == "postgresql" else {}


def _tune(pragmas: tuple[str, ...]) -> Any:
    def tune(connection: Any, _: Any) -> None:
        # The driver would begin transactions by itself, and too late.
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    return tune


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _create(engine: Engine, schema: Schema) -> None:
    with writing(engine) as connection:
        # Replicas that start together must not both create.
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({schema.lock})")
        version = _version(connection, schema)
        if version not in (None, schema.version):
            raise WrongDatabase(
                f"{engine.url.render_as_string()} holds {schema.what} of version {version}, this is"
                f" {schema.version}. {schema.advice}"
            )
        # A database of an earlier release may lack a table that only adds to the others.
        schema.metadata.create_all(connection)
        if version is None:
            connection.execute(insert(schema.meta).values(name="schema", value=schema.version))


def _version(connection: Connection, schema: Schema) -> str | None:
    present = set(inspect(connection).get_table_names()) & set(schema.metadata.tables)
    if not present:
        return None
    if schema.meta.name not in present:
        return "unknown"
    return str(connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == "schema")).scalar())

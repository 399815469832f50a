"""A PostgreSQL for tests: the one that the environment names, else a throw-away one."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
#: A URL of an empty PostgreSQL database that tests may wipe.
POSTGRES_URL = "JOURNEYLINE_TEST_POSTGRES"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database; skips the test where there is none to be had."""
    if url := os.environ.get(POSTGRES_URL):
        yield url
    elif not (POSTGRES_BIN / "initdb").exists():
        pytest.skip(
            f"NOT TESTED ON POSTGRESQL: install postgresql-15, or set {POSTGRES_URL} to a database's URL"
        )
    else:
        yield from _throw_away()


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The URL of one more database on the same server, dropped afterwards."""
    name = f"journeyline_{uuid.uuid4().hex[:12]}"
    engine = _administrator(server)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _administrator(server: str) -> Engine:
    url = make_url(server).set(drivername="postgresql+psycopg")
    return create_engine(url, isolation_level="AUTOCOMMIT")


def _throw_away() -> Iterator[str]:
    """PostgreSQL refuses root, so root runs it as the user that its package made."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="jl-pg-", dir="/tmp"))
    folder.chmod(0o777)
    data = folder / "data"
    options: dict[str, Any] = {"user": user, "check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    initdb = f"{POSTGRES_BIN}/initdb -D {data} -A trust -U journeyline --no-sync -E UTF8"
    subprocess.run(initdb.split(), **options)
    settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    pg_ctl = [f"{POSTGRES_BIN}/pg_ctl", "-D", str(data), "-w", "-s"]
    subprocess.run([*pg_ctl, "-l", str(folder / "log"), "-o", settings, "start"], **options)
    try:
        yield f"postgresql://journeyline@/postgres?host={folder}"
    finally:
        subprocess.run([*pg_ctl, "-m", "immediate", "stop"], **options)
        shutil.rmtree(folder, ignore_errors=True)

"""Who writes: one replica. Lease and writes share a connection, so that neither outlives the other."""

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, text

from services.database.opening import for_writing


class Lease:
    """Held from the first success of `take` until the process ends, or `release`."""

    def __init__(self, engine: Engine, lock: int) -> None:
        self._engine = engine
        #: PostgreSQL's number of it.
        self._lock = lock
        self._file: IO[str] | None = None
        self._connection: Connection | None = None

    def take(self) -> Connection | None:
        """The connection to write with, or None while another process holds the lease."""
        taken = self._lock_file() if self._engine.dialect.name == "sqlite" else self._lock_session()
        return self._connection if taken else None

    def release(self) -> None:
        if self._connection is not None:
            # Not back into the pool: PostgreSQL gives the lock back with the session.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _lock_file(self) -> bool:
        file = Path(f"{self._engine.url.database}.lock").open("w")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        self._connection = for_writing(self._engine).connect()
        return True

    def _lock_session(self) -> bool:
        connection = for_writing(self._engine).connect()
        taken = bool(connection.execute(text(f"SELECT pg_try_advisory_lock({self._lock})")).scalar())
        connection.commit()
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken

"""The read model as a database: what of it is its own."""

from sqlalchemy import Engine

from services.database import opening
from services.database.opening import Schema
from services.live.store import tables

SCHEMA = Schema(
    metadata=tables.metadata,
    meta=tables.meta,
    version=tables.SCHEMA_VERSION,
    what="a read model",
    advice=(
        "The topics are the truth: drop the database (SQLite: delete the file with its -wal and -shm) and"
        " start again; it is projected anew."
    ),
    lock=0x6A6C0001,
    pragmas=(
        # A power cut may lose the last batches, never half of one: their offsets go with them.
        "synchronous=NORMAL",
        "cache_size=-65536",
        "mmap_size=268435456",
        "wal_autocheckpoint=8000",
    ),
    connections_max=48,
)


def open_database(address: str) -> Engine:
    """An engine on a read model that exists, made if need be. Raises `WrongDatabase`."""
    return opening.open_database(address, SCHEMA)

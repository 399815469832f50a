"""Incidents, history and outbox as a database: what of it is its own."""

from sqlalchemy import Engine

from services.alerts.store import tables
from services.database import opening
from services.database.opening import Schema

SCHEMA = Schema(
    metadata=tables.metadata,
    meta=tables.meta,
    version=tables.SCHEMA_VERSION,
    what="alerts",
    advice=(
        "Set JOURNEYLINE_ALERTS_DATABASE_URL to another database, or move the old one away (SQLite: the file"
        " with its -wal and -shm); incidents begin anew."
    ),
    lock=0x6A6C0003,
    # What was sent must not be forgotten by a power cut, or it would be sent again.
    pragmas=("synchronous=FULL",),
    connections_max=32,
)


def open_database(address: str) -> Engine:
    """An engine on a database that exists, made if need be. Raises `WrongDatabase`."""
    return opening.open_database(address, SCHEMA)

"""The log of changes, for readers that follow it."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from services.live.store.tables import changes

CHUNK = 500


class Change(NamedTuple):
    seq: int
    #: `journey`, `friction` or `incident`.
    event: str
    id: str


class Span(NamedTuple):
    """The log reaches from behind `before` up to `newest`."""

    before: int
    newest: int


def span(connection: Connection) -> Span:
    row = connection.execute(select(func.min(changes.c.seq), func.max(changes.c.seq))).one()
    return Span(0, 0) if row[0] is None else Span(row[0] - 1, row[1])


def newest(connection: Connection) -> int:
    return connection.execute(select(func.max(changes.c.seq))).scalar() or 0


def after(connection: Connection, seq: int) -> list[Change]:
    """The next changes, in order, a chunk at most."""
    query = select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(CHUNK)
    return [Change(row.seq, row.event, row.id) for row in connection.execute(query)]

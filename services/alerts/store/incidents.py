"""Incidents for readers."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from sqlalchemy import ColumnElement, Connection, func, select

from schemas.incidents import Closure
from schemas.times import rfc3339
from services.alerts import outbox
from services.alerts.core.board import Entry
from services.alerts.core.grouping import Held
from services.alerts.core.names import label
from services.alerts.store.tables import history, incidents, members
from services.database.cursor import Cursor
from services.database.paging import Order, Page, page

ORDER = Order(incidents.c.opened_at, incidents.c.incident_id)
#: Of one incident's frictions so many are named, the newest.
FRICTIONS_MAX = 500
HISTORY_MAX = 2_000

Document = dict[str, Any]
_CLOSURES = frozenset(closure.value for closure in Closure)
_HELD = msgspec.json.Decoder(Held)
_ENTRY = msgspec.json.Decoder(Entry)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to. `states` may name closures, too."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    touchpoint: str | None = None
    tenant: str | None = None


def list_incidents(
    connection: Connection, wanted: Wanted, cursor: Cursor | None, limit: int
) -> tuple[list[Document], Page]:
    found = page(connection, select(incidents).where(*_conditions(wanted)), ORDER, cursor, limit)
    return [msgspec.to_builtins(_HELD.decode(row.body).incident) for row in found.rows], found


def detail(connection: Connection, incident_id: str) -> Document | None:
    """An incident with all that has happened to it; None where there is no such one."""
    key = label(incident_id)
    body = connection.execute(select(incidents.c.body).where(incidents.c.incident_id == key)).scalar()
    if body is None:
        return None
    document: Document = msgspec.to_builtins(_HELD.decode(body).incident)
    return document | {
        "history": _history(connection, key),
        "notifications": outbox.of_incident(connection, key),
        "friction_ids": _frictions(connection, key),
    }


def counts(connection: Connection) -> dict[str, int]:
    """How many there are in each state."""
    query = select(incidents.c.state, func.count()).group_by(incidents.c.state)
    return {state: number for state, number in connection.execute(query)}


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    column = incidents.c
    closures = [name for name in wanted.states if name in _CLOSURES]
    conditions = [
        not wanted.states or column.state.in_(wanted.states) | column.closed_as.in_(closures),
        not wanted.kinds or column.kind.in_(wanted.kinds),
        wanted.touchpoint is None or column.touchpoint == label(wanted.touchpoint),
        wanted.tenant is None or column.tenant == label(wanted.tenant),
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]


def _history(connection: Connection, key: str) -> list[Document]:
    """The oldest first."""
    query = select(history.c.body).where(history.c.incident_id == key).order_by(history.c.number.desc())
    bodies = [body for (body,) in connection.execute(query.limit(HISTORY_MAX))]
    return [_line(_ENTRY.decode(body)) for body in reversed(bodies)]


def _line(entry: Entry) -> Document:
    fields = ("what", "by", "text", "reason", "receiver")
    return {"at": rfc3339(entry.at_us), **{name: getattr(entry, name) for name in fields}}


def _frictions(connection: Connection, key: str) -> list[Document]:
    query = select(members).where(members.c.incident_id == key).order_by(members.c.at.desc())
    return [
        {"friction_id": row.friction_id, "at": row.at, "state": "raised" if row.is_raised else "retracted"}
        for row in connection.execute(query.limit(FRICTIONS_MAX))
    ]


def unpublished(connection: Connection, limit: int) -> list[tuple[str, int, bytes]]:
    """Id, revision and record of what the topic does not yet have."""
    column = incidents.c
    query = select(column.incident_id, column.revision, column.body).where(column.is_news)
    rows = connection.execute(query.order_by(column.opened_at).limit(limit))
    return [
        (key, revision, orjson.dumps(msgspec.to_builtins(_HELD.decode(body).incident)))
        for key, revision, body in rows
    ]


def mark_published(connection: Connection, done: Sequence[tuple[str, int, bytes]]) -> None:
    """Unless it has changed meanwhile."""
    column = incidents.c
    for key, revision, _ in done:
        mine = (column.incident_id == key) & (column.revision == revision)
        connection.execute(incidents.update().where(mine).values(is_news=False))

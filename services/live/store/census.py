"""The contact centre in numbers, out of the read model: ranges of indexes, never a whole table."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select

from schemas.times import rfc3339, to_us
from services.live.core.census import RECENT_US, USUAL_US, Census, History, Place
from services.live.store.queues import queues
from services.live.store.tables import contacts, frictions, journeys


def census(connection: Connection, now_us: int) -> Census:
    since_us = now_us - RECENT_US
    # As a literal: only so the partial index is used.
    is_open = journeys.c.state == literal_column("'open'")
    return Census(
        queues=queues(connection, now_us),
        frictions=_frictions(connection, since_us, now_us),
        contacts=_by_tenant(connection, contacts, _between(contacts.c.started_at, since_us, now_us)),
        journeys_open=_by_tenant(connection, journeys, is_open),
    )


def history(connection: Connection, now_us: int) -> History:
    """What came before the recent time."""
    until_us = now_us - RECENT_US
    since_us = until_us - USUAL_US
    started = contacts.c.started_at
    first = connection.execute(
        select(func.min(started)).where(_between(started, since_us, until_us))
    ).scalar()
    known_us = 0 if first is None else until_us - to_us(datetime.fromisoformat(first))
    return History(_frictions(connection, since_us, until_us), known_us)


def _frictions(connection: Connection, since_us: int, until_us: int) -> dict[Place, int]:
    """Those that hold."""
    place = (frictions.c.tenant, frictions.c.kind, frictions.c.touchpoint)
    rows = connection.execute(
        select(*place, func.count())
        .where(_between(frictions.c.at, since_us, until_us), frictions.c.state == "raised")
        .group_by(*place)
    )
    return {Place(tenant, kind, touchpoint): number for tenant, kind, touchpoint, number in rows}


def _by_tenant(connection: Connection, table: Table, condition: ColumnElement[bool]) -> dict[str, int]:
    tenant = table.c.tenant
    rows = connection.execute(select(tenant, func.count()).where(condition).group_by(tenant))
    return {name: number for name, number in rows}


def _between(column: ColumnElement[str], since_us: int, until_us: int) -> ColumnElement[bool]:
    return (column > rfc3339(since_us)) & (column <= rfc3339(until_us))

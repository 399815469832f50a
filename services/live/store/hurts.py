"""What hurts now, out of the read model, at a moment that the caller names."""

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, select

from schemas.frictions import SEVERITIES, State
from schemas.times import rfc3339
from services.live.core.filters import FrictionFilter
from services.live.core.hurts import Hurt, Now, Place, Spans, hurts
from services.live.core.names import label
from services.live.store.frictions import conditions
from services.live.store.tables import contacts, frictions


def hurting(connection: Connection, spans: Spans, tenant: str | None, queue: str | None) -> list[Hurt]:
    wanted = FrictionFilter(tenant=tenant, queue=queue, state=State.RAISED.value)
    mine = conditions(wanted)
    now = _now(connection, spans, mine)
    if not now:
        return []
    return hurts(now, _before(connection, spans, mine), _windows_with_contacts(connection, spans, tenant))


def _now(connection: Connection, spans: Spans, mine: list[ColumnElement[bool]]) -> list[Now]:
    column = frictions.c
    place = (column.kind, column.touchpoint)
    query = select(*place, func.max(column.severity), func.count(), func.max(column.at)).group_by(*place)
    # Without an end: what is ahead of our clock is now.
    rows = connection.execute(query.where(column.at >= rfc3339(spans.start(0)), *mine))
    return [
        Now(Place(kind, touchpoint), SEVERITIES[severity], number, last_at)
        for kind, touchpoint, severity, number, last_at in rows
    ]


def _before(
    connection: Connection, spans: Spans, mine: list[ColumnElement[bool]]
) -> dict[Place, dict[int, int]]:
    """How many there were in each window of the day before, by place."""
    column = frictions.c
    ordinals = range(1, spans.before + 1)
    window = case(*((column.at >= rfc3339(spans.start(n)), n) for n in ordinals)).label("window")
    query = (
        select(column.kind, column.touchpoint, window, func.count())
        .where(column.at >= rfc3339(spans.start(spans.before)), column.at < rfc3339(spans.start(0)), *mine)
        .group_by(column.kind, column.touchpoint, window)
    )
    found: dict[Place, dict[int, int]] = defaultdict(dict)
    for kind, touchpoint, ordinal, number in connection.execute(query):
        found[Place(kind, touchpoint)][ordinal] = number
    return found


def _windows_with_contacts(connection: Connection, spans: Spans, tenant: str | None) -> int:
    """Of the day before: each a look into an index, whatever lies in it."""
    mine = [] if tenant is None else [contacts.c.tenant == label(tenant)]

    def any_in(ordinal: int) -> ColumnElement[int]:
        begin, end = rfc3339(spans.start(ordinal)), rfc3339(spans.start(ordinal - 1))
        began = and_(contacts.c.started_at >= begin, contacts.c.started_at < end, *mine)
        return case((select(literal(1)).where(began).exists(), 1), else_=0)

    row = connection.execute(select(*(any_in(ordinal) for ordinal in range(1, spans.before + 1)))).one()
    return sum(row)

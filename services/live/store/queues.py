"""The queues out of the read model, at a moment that the caller names."""

from sqlalchemy import Connection, func, select

from schemas.times import rfc3339
from services.live.core.names import label
from services.live.core.queues import SILENCE_MAX_US, WINDOW_US, Standing, standings
from services.live.store.tables import waits


def queues(connection: Connection, now_us: int, tenant: str | None = None) -> list[Standing]:
    column = waits.c
    mine = [] if tenant is None else [column.tenant == label(tenant)]
    waiting = connection.execute(
        select(column.tenant, column.queue, func.count(), func.min(column.start_us))
        .where(column.end_us.is_(None), column.last_event_at >= rfc3339(now_us - SILENCE_MAX_US), *mine)
        .group_by(column.tenant, column.queue)
    )
    ended = connection.execute(
        select(column.tenant, column.queue, column.how, func.count())
        .where(column.end_us > now_us - WINDOW_US, column.end_us <= now_us, *mine)
        .where(column.how.in_(("answered", "abandoned")))
        .group_by(column.tenant, column.queue, column.how)
    )
    return standings((tuple(row) for row in waiting), (tuple(row) for row in ended), now_us)

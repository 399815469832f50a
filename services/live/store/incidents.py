"""Incidents out of the read model, for the event stream; lists and histories are the alerts service's."""

from sqlalchemy import ColumnElement, Connection, select

from services.live.core.filters import FrictionFilter
from services.live.core.names import label
from services.live.store.frictions import QUEUE
from services.live.store.tables import incidents


def bodies(connection: Connection, wanted: FrictionFilter) -> dict[str, bytes]:
    """As the topic has them, by id; for few, that `wanted.ids` names.

    They have kind, tenant and touchpoint. What else is wanted, only frictions have: then it is none.
    """
    if (wanted.customer, wanted.journey, wanted.state) != (None, None, None):
        return {}
    query = select(incidents.c.incident_id, incidents.c.body).where(*_conditions(wanted))
    return {row.incident_id: bytes(row.body) for row in connection.execute(query)}


def _conditions(wanted: FrictionFilter) -> list[ColumnElement[bool]]:
    column = incidents.c
    conditions = [
        column.incident_id.in_(wanted.ids or ()),
        not wanted.kinds or column.kind.in_(wanted.kinds),
        wanted.tenant is None or column.tenant == label(wanted.tenant),
        wanted.touchpoint is None or column.touchpoint == label(wanted.touchpoint),
        wanted.queue is None or column.touchpoint == label(QUEUE + wanted.queue),
    ]
    return [condition for condition in conditions if not isinstance(condition, bool)]

"""Incidents out of the read model, for the event stream; lists and histories are the alerts service's."""

from sqlalchemy import Connection, select

from services.live.core.filters import FrictionFilter
from services.live.store.frictions import place_conditions
from services.live.store.tables import incidents


def bodies(connection: Connection, wanted: FrictionFilter) -> dict[str, bytes]:
    """As the topic has them, by id; for few, that `wanted.ids` names.

    They have kind, tenant and touchpoint. What else is wanted, only frictions have: then it is none.
    """
    if (wanted.customer, wanted.journey, wanted.state) != (None, None, None):
        return {}
    query = select(incidents.c.incident_id, incidents.c.body).where(*place_conditions(incidents, wanted))
    rows = connection.execute(query.where(incidents.c.incident_id.in_(wanted.ids or ())))
    return {row.incident_id: bytes(row.body) for row in rows}

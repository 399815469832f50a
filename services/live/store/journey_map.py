"""The ways between contacts of journeys, out of the read model."""

from collections import defaultdict
from typing import Any

from sqlalchemy import CTE, Connection, case, func, select

from schemas.frictions import State
from schemas.journeys import JourneyState
from services.live.core.filters import JourneyFilter
from services.live.core.journey_map import Steps, journey_map
from services.live.store.journeys import conditions
from services.live.store.tables import contacts, frictions, is_contact, journeys

_c, _j = contacts.c, journeys.c
_IS_OPEN = _j.state == JourneyState.OPEN.value


def read_map(connection: Connection, wanted: JourneyFilter) -> dict[str, Any]:
    one = _contacts(wanted)
    c = one.c
    end = case((c.after.is_(None), c.end), else_=None).label("end")
    gap_us = case((c.before_ended_us < c.started_us, c.started_us - c.before_ended_us), else_=0)
    alike = (c.before, c.channel, end)
    rows = connection.execute(select(*alike, func.count(), func.sum(gap_us)).group_by(*alike))
    steps = [Steps(before, name, over, number, int(gap)) for before, name, over, number, gap in rows]
    return journey_map(steps, _frictions(connection, one))


def _contacts(wanted: JourneyFilter) -> CTE:
    """Each with the one before it and the one after it in its journey."""
    in_journey: dict[str, Any] = {"partition_by": _c.journey_id, "order_by": (_c.started_us, _c.contact)}
    return (
        select(
            _c.contact,
            _c.channel,
            _c.started_us,
            func.lag(_c.channel).over(**in_journey).label("before"),
            func.lag(_c.ended_us).over(**in_journey).label("before_ended_us"),
            func.lead(_c.contact).over(**in_journey).label("after"),
            func.coalesce(case((_IS_OPEN, JourneyState.OPEN.value)), _j.outcome, _j.state).label("end"),
        )
        .select_from(contacts.join(journeys, _j.journey_id == _c.journey_id))
        .where(is_contact, *conditions(wanted))
        .cte("one")
        .prefix_with("MATERIALIZED")
    )


def _frictions(connection: Connection, one: CTE) -> dict[str, dict[str, int]]:
    """Raised ones, by channel and kind."""
    kind = frictions.c.kind
    query = (
        select(one.c.channel, kind, func.count())
        .select_from(one.join(frictions, frictions.c.contact == one.c.contact))
        .where(frictions.c.state == State.RAISED.value)
        .group_by(one.c.channel, kind)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for channel, name, number in connection.execute(query):
        found[channel][name] = number
    return found

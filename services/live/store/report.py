"""What a report is made of, out of the read model."""

from sqlalchemy import Connection, func, select

from schemas.frictions import State
from schemas.journeys import JourneyState
from schemas.times import rfc3339
from services.live.core.filters import FrictionFilter, JourneyFilter
from services.live.core.report import Period
from services.live.core.tally import Asked, Tally
from services.live.store import frictions as friction_store
from services.live.store import journeys as journey_store
from services.live.store.kpis import tallies
from services.live.store.tables import frictions, journeys


def period(connection: Connection, asked: Asked) -> Period:
    """`asked` is of one group."""
    since, until = rfc3339(asked.since_us), rfc3339(asked.until_us)
    raised = FrictionFilter(tenant=asked.tenant, state=State.RAISED.value, since=since, until=until)
    closed = JourneyFilter(tenant=asked.tenant, state=JourneyState.CLOSED.value, since=since, until=until)
    place = (frictions.c.kind, frictions.c.touchpoint)
    places = connection.execute(
        select(*place, func.count()).where(*friction_store.conditions(raised)).group_by(*place)
    )
    outcome = journeys.c.outcome
    outcomes = connection.execute(
        select(outcome, func.count())
        .where(outcome.is_not(None), *journey_store.conditions(closed))
        .group_by(outcome)
    )
    return Period(
        tallies(connection, asked).get(None) or Tally(),
        {(kind, touchpoint): number for kind, touchpoint, number in places},
        {name: number for name, number in outcomes},
    )

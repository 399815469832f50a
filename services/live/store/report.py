"""What a report is made of, out of the read model."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from schemas.frictions import State
from schemas.journeys import JourneyState
from schemas.times import rfc3339
from services.live.core.names import label
from services.live.core.report import Period
from services.live.core.tally import Asked, Tally
from services.live.store.kpis import tallies
from services.live.store.tables import frictions, journeys


def period(connection: Connection, asked: Asked) -> Period:
    """`asked` is of one group."""
    tally = tallies(connection, asked).get(None) or Tally()
    f, j = frictions.c, journeys.c
    places = connection.execute(
        select(f.kind, f.touchpoint, func.count())
        .where(f.state == State.RAISED.value, *_within(f.at, f.tenant, asked))
        .group_by(f.kind, f.touchpoint)
    )
    outcomes = connection.execute(
        select(j.outcome, func.count())
        .where(j.state == JourneyState.CLOSED.value, j.outcome.is_not(None))
        .where(*_within(j.last_event_at, j.tenant, asked))
        .group_by(j.outcome)
    )
    return Period(
        tally,
        {(kind, touchpoint): number for kind, touchpoint, number in places},
        {outcome: number for outcome, number in outcomes},
    )


def _within(at: ColumnElement[Any], tenant: ColumnElement[Any], asked: Asked) -> list[ColumnElement[bool]]:
    mine = [] if asked.tenant is None else [tenant == label(asked.tenant)]
    return [at >= rfc3339(asked.since_us), at < rfc3339(asked.until_us), *mine]

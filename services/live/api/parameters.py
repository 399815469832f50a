"""The filters of journeys and frictions as query parameters, each with its words for the API's own pages."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from schemas.times import rfc3339, to_us
from services.live.core.filters import FrictionFilter, JourneyFilter
from services.web.parameters import Moment, Paged, Text

#: Of a numbered log, in any of the databases.
SEQ_MAX = 2**63 - 1
_EARLIEST_US = to_us(datetime(1, 1, 2, tzinfo=UTC))
_LATEST_US = to_us(datetime(9999, 12, 30, tzinfo=UTC))


class JourneyQuery(Paged):
    state: Literal["open", "closed", "superseded"] | None = Field(
        None, description="Superseded journeys are listed only when asked for."
    )
    tenant: Text | None = None
    customer: Text | None = Field(None, description="A customer key.")
    goal: Text | None = Field(None, description="What the customer is trying to do.")
    persona: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")
    segment: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")
    channel: Text | None = Field(None, description="Journeys that went over this channel.")
    friction: Text | None = Field(None, description="Journeys with a raised friction of this kind.")
    since: Moment | None = Field(None, description="Last event at or after (RFC 3339).")
    until: Moment | None = Field(None, description="Last event before (RFC 3339).")

    def filter(self) -> JourneyFilter:
        return JourneyFilter(
            state=self.state or "",
            tenant=self.tenant,
            customer=self.customer,
            goal=self.goal,
            persona=self.persona,
            segment=self.segment,
            channel=self.channel,
            friction=self.friction,
            since=as_written(self.since),
            until=as_written(self.until),
        )


class FrictionQuery(Paged):
    kind: list[Text] = Field([], description="Repeat it for several.")
    tenant: Text | None = None
    customer: Text | None = Field(None, description="A customer key.")
    journey: Text | None = Field(None, description="A journey id.")
    touchpoint: Text | None = Field(None, description="Where it happened, e.g. `form:address#postcode`.")
    queue: Text | None = Field(None, description="The same as `touchpoint=queue:…`.")
    state: Literal["raised", "retracted"] | None = None
    since: Moment | None = Field(None, description="`at` at or after (RFC 3339).")
    until: Moment | None = Field(None, description="`at` before (RFC 3339).")

    def filter(self) -> FrictionFilter:
        return FrictionFilter(
            kinds=tuple(self.kind),
            tenant=self.tenant,
            customer=self.customer,
            journey=self.journey,
            touchpoint=self.touchpoint,
            queue=self.queue,
            state=self.state,
            since=as_written(self.since),
            until=as_written(self.until),
        )


Journeys = Annotated[JourneyQuery, Query()]
Frictions = Annotated[FrictionQuery, Query()]


def as_written(moment: datetime | None) -> str | None:
    """As records write it; far ends of the calendar may have no time in UTC, and nothing lies there."""
    return None if moment is None else rfc3339(within_calendar(to_us(moment)))


def within_calendar(moment_us: int) -> int:
    return min(max(moment_us, _EARLIEST_US), _LATEST_US)

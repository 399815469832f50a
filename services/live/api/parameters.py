"""Query parameters that several calls share, each with its words for the API's own pages."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from sqlalchemy import Engine

from schemas.times import rfc3339, to_us
from services.live.core.cursor import Cursor, decode_cursor, encode_cursor
from services.live.core.filters import FrictionFilter, JourneyFilter
from services.live.store.paging import Page

LIMIT_MAX = 200
_EARLIEST_US = to_us(datetime(1, 1, 2, tzinfo=UTC))
_LATEST_US = to_us(datetime(9999, 12, 30, tzinfo=UTC))


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


Database = Annotated[Engine, Depends(_engine)]


def _with_plus(value: Any) -> Any:
    """An unescaped `+` of an offset arrives as a blank."""
    return re.sub(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$", r"\1+\2", value) if isinstance(value, str) else value


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


Text = Annotated[str, Field(max_length=1024), AfterValidator(_without_nul)]
Moment = Annotated[AwareDatetime, BeforeValidator(_with_plus)]


class Paged(BaseModel):
    """The part of a list that is asked for."""

    limit: int = Field(50, ge=1, le=LIMIT_MAX, description="Items on a page.")
    cursor: Text | None = Field(None, description="`next_cursor` of the page before.")

    def place(self) -> Cursor | None:
        return decode_cursor(self.cursor) if self.cursor else None


class JourneyQuery(Paged):
    state: Literal["open", "closed", "superseded"] | None = Field(
        None, description="Superseded journeys are listed only when asked for."
    )
    tenant: Text | None = None
    customer: Text | None = Field(None, description="A customer key.")
    goal: Text | None = Field(None, description="What the customer is trying to do.")
    persona: Text | None = Field(None, description="None are known yet: answers nothing.")
    segment: Text | None = Field(None, description="None are known yet: answers nothing.")
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
            channel=self.channel,
            friction=self.friction,
            since=_text(self.since),
            until=_text(self.until),
            is_impossible=self.persona is not None or self.segment is not None,
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
            since=_text(self.since),
            until=_text(self.until),
        )


Journeys = Annotated[JourneyQuery, Query()]
Frictions = Annotated[FrictionQuery, Query()]


def json_answer(document: Any) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")


def list_answer(items: list[Any], page: Page) -> Response:
    """Items that are JSON already go out as they are."""
    return json_answer(
        {
            "items": [orjson.Fragment(item) if isinstance(item, bytes) else item for item in items],
            "next_cursor": encode_cursor(page.next) if page.next else None,
            "total": page.total,
            "total_is": "exact" if page.is_exact else "at_least",
        }
    )


def _text(moment: datetime | None) -> str | None:
    """As records write it; far ends of the calendar may have no time in UTC, and nothing lies there."""
    return None if moment is None else rfc3339(min(max(to_us(moment), _EARLIEST_US), _LATEST_US))

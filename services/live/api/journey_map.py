"""`/v1/map`: which ways customers take between channels, and where they struggle on them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.live.api.parameters import as_written
from services.live.core.filters import JourneyFilter
from services.live.store.journey_map import read_map
from services.web.parameters import Database, Moment, Text, json_answer

router = APIRouter(prefix="/v1/map", tags=["journeys"])


class MapQuery(BaseModel):
    goal: Text | None = Field(None, description="What the customer is trying to do.")
    persona: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")
    segment: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")
    channel: Text | None = Field(None, description="Journeys that went over this channel.")
    friction: Text | None = Field(None, description="Journeys with a raised friction of this kind.")
    tenant: Text | None = None
    since: Moment | None = Field(None, description="Last event at or after (RFC 3339).")
    until: Moment | None = Field(None, description="Last event before (RFC 3339).")

    def filter(self) -> JourneyFilter:
        said = self.model_dump(exclude={"since", "until"})
        return JourneyFilter(**said, since=as_written(self.since), until=as_written(self.until))


@router.get("", summary="The journey map as a graph: channels, the ways between them, where it hurts")
def read_journey_map(database: Database, query: Annotated[MapQuery, Query()]) -> Response:
    """`nodes`: `start`, a `channel:…` for each with its contacts and raised frictions by kind, and an
    `outcome:…` for each way that journeys ended (`open`: they go on). `edges`: from each contact to the next
    one of its journey, from the start to the first, from the last to the outcome; `times` is how often.
    """
    wanted = query.filter()
    with database.connect() as connection:
        found = read_map(connection, wanted)
    return json_answer({"since": wanted.since, "until": wanted.until, "goal": query.goal, **found})

"""`/v1/silences`: of what nobody is told for a while."""

import uuid
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from schemas.frictions import Kind
from schemas.times import LATEST_US, rfc3339, within_us
from services.alerts.store import silences as store
from services.database.opening import writing
from services.web.parameters import Database, Moment, Paged, Text, json_answer, list_answer
from services.web.problems import bad_parameter, not_found

router = APIRouter(prefix="/v1/silences", tags=["silences"])


class Wish(BaseModel):
    """What to be silent about. A matcher that is missing matches all."""

    kind: Kind | None = Field(None, description="A kind of friction.")
    touchpoint: Text | None = Field(None, description="May hold `*`, e.g. `queue:billing*`.")
    tenant: Text | None = None
    until: Moment = Field(description="RFC 3339.")
    by: Text = Field("somebody", min_length=1)
    text: Text | None = Field(None, description="Why.")


@router.get("", summary="Silences, the newest first; those that have passed, too")
def list_silences(database: Database, query: Annotated[Paged, Query()]) -> Response:
    with database.connect() as connection:
        return list_answer(*store.list_silences(connection, query.place(), query.limit))


@router.post("", summary="Be silent about something", status_code=HTTPStatus.CREATED)
def add_silence(request: Request, database: Database, wish: Wish) -> Response:
    """Incidents are opened and shown all the same. One that still lasts when the silence ends is told of with
    its next friction."""
    now_us, until_us = request.app.state.now_us(), within_us(wish.until, LATEST_US)
    if until_us <= now_us:
        raise bad_parameter("until: it has passed.")
    fields = {name: getattr(wish, name) for name in ("touchpoint", "tenant", "by", "text")}
    fields["kind"] = wish.kind and wish.kind.value
    own = {"silence_id": uuid.uuid4().hex, "until_us": until_us, "created_at": rfc3339(now_us)}
    with writing(database) as connection:
        store.add(connection, own | fields)
    return json_answer(store.shown(own | fields), HTTPStatus.CREATED)


@router.delete("/{silence_id}", summary="End a silence", status_code=HTTPStatus.NO_CONTENT)
def remove_silence(database: Database, silence_id: Text) -> Response:
    with writing(database) as connection:
        if not store.remove(connection, silence_id):
            raise not_found("silence")
    return Response(status_code=HTTPStatus.NO_CONTENT)

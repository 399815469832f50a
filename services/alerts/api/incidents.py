"""`/v1/incidents`."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.alerts.core.actions import Action, Impossible, act
from services.alerts.store import boards
from services.alerts.store import incidents as store
from services.alerts.store.incidents import Wanted
from services.alerts.turns import count
from services.database.opening import writing
from services.web.parameters import Database, Paged, Text, json_answer, list_answer
from services.web.problems import Refusal, bad_parameter, not_found

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])

State = Literal["open", "acknowledged", "closed", "resolved", "silence", "retracted"]
NOBODY = "somebody"


class IncidentQuery(Paged):
    state: list[State] = Field(
        [], description="Repeat it for several. `resolved`, `silence`, `retracted`: closed that way."
    )
    kind: list[Text] = Field([], description="Repeat it for several.")
    touchpoint: Text | None = Field(None, description="Where, e.g. `queue:billing`.")
    tenant: Text | None = None

    def wanted(self) -> Wanted:
        return Wanted(
            states=tuple(self.state), kinds=tuple(self.kind), touchpoint=self.touchpoint, tenant=self.tenant
        )


class Said(BaseModel):
    """Who does it, and what they say to it. All of it may be missing, but for a comment's text."""

    by: Text = Field(NOBODY, min_length=1, description="Who.")
    text: Annotated[Text, Field(max_length=1024)] | None = None


@router.get("", summary="Incidents, the newest first")
def list_incidents(database: Database, query: Annotated[IncidentQuery, Query()]) -> Response:
    with database.connect() as connection:
        return list_answer(*store.list_incidents(connection, query.wanted(), query.place(), query.limit))


@router.get("/{incident_id}", summary="One incident, with its whole history")
def read_incident(database: Database, incident_id: str) -> Response:
    """`history`: the oldest first. `notifications`: each message to a receiver, why, and what became of it.
    `friction_ids`: the newest 500 frictions that it counts or has counted."""
    with database.connect() as connection:
        document = store.detail(connection, incident_id)
    if document is None:
        raise not_found("incident")
    return json_answer(document)


@router.post("/{incident_id}/{action}", summary="Acknowledge, resolve, escalate, comment, or call it useless")
def act_on_incident(
    request: Request, database: Database, incident_id: str, action: Action, said: Said | None = None
) -> Response:
    """Answers the incident as it is then.

    `acknowledge`: it is taken care of, and tells nobody more. `resolve` closes it; the next friction opens a
    new one. `escalate` tells every receiver again, whatever is silenced. `not-useful`: it tells nobody more.
    """
    said = said or Said()
    if action is Action.COMMENT and not (said.text or "").strip():
        raise bad_parameter("text: a comment needs one.")
    now_us = request.app.state.now_us()
    with writing(database) as connection:
        board = boards.board_of(connection, request.app.state.context, incident_id, now_us)
        if board is None:
            raise not_found("incident")
        try:
            act(board, board.only, action, said.by, said.text, now_us)
        except Impossible as error:
            raise Refusal(HTTPStatus.CONFLICT, "closed", str(error)) from None
        boards.save(connection, board, now_us)
    count(board)
    return read_incident(database, incident_id)

"""`/v1/journeys`."""

from typing import Any

import orjson
from fastapi import APIRouter, Response

from services.live.api.parameters import Journeys
from services.live.core.shapes import contacts_shown
from services.live.store import journeys as store
from services.web.parameters import Database, json_answer, list_answer
from services.web.problems import not_found

router = APIRouter(prefix="/v1/journeys", tags=["journeys"])


@router.get("", summary="Journeys, the one that moved last first")
def list_journeys(database: Database, query: Journeys) -> Response:
    """Heads without steps. A journey that moves while you page comes up in front again."""
    with database.connect() as connection:
        return list_answer(*store.list_journeys(connection, query.filter(), query.place(), query.limit))


@router.get("/{journey_id}", summary="One journey with its steps, contacts and frictions")
def read_journey(database: Database, journey_id: str) -> Response:
    """Steps in event order. An id that ceased to be answers `superseded` and names its successor."""
    with database.connect() as connection:
        whole = store.journey(connection, journey_id)
    if whole is None:
        raise not_found("journey")
    return json_answer(_document(whole))


def _document(whole: store.Whole) -> dict[str, Any]:
    return {
        **whole.head,
        "truncated": whole.head["truncated"] or whole.is_cut,
        "contacts": contacts_shown(whole.head["contacts"], whole.contacts),
        "steps": [orjson.Fragment(step) for step in whole.steps],
        "frictions": whole.frictions,
    }

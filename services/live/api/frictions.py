"""`/v1/frictions`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.live.api.parameters import Frictions
from services.live.store import frictions as store
from services.live.store.frictions import By
from services.web.parameters import Database, json_answer, list_answer

router = APIRouter(prefix="/v1/frictions", tags=["frictions"])


@router.get("", summary="Frictions, the newest first")
def list_frictions(database: Database, query: Frictions) -> Response:
    """Each with its evidence. Retracted ones are listed unless you ask for `state=raised`."""
    with database.connect() as connection:
        return list_answer(*store.list_frictions(connection, query.filter(), query.place(), query.limit))


@router.get("/summary", summary="How many frictions, by kind, touchpoint, tenant or queue")
def summarise(database: Database, query: Frictions, by: Annotated[By, Query()] = "kind") -> Response:
    """Groups count frictions under all filters, the 1,000 largest.

    Counters count all contacts that started in the range, under `tenant`, `customer` and `journey`.
    """
    with database.connect() as connection:
        wanted = query.filter()
        groups = store.groups(connection, wanted, by)
        return json_answer({"groups": groups, "counters": store.counters(connection, wanted)})

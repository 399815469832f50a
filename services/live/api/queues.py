"""`/v1/queues`: how the queues stand now."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from schemas.times import SECOND_US, rfc3339
from services.live.core.queues import WINDOW_US
from services.live.store import queues as store
from services.web.parameters import Database, Text, json_answer

router = APIRouter(prefix="/v1/queues", tags=["queues"])


@router.get("", summary="Who waits where, and what became of those before")
def list_queues(
    request: Request, database: Database, tenant: Annotated[Text | None, Query()] = None
) -> Response:
    """`answered` and `abandoned` are those of the last 15 minutes; the queue with most waiting is first.

    A wait of a contact without news for 4 hours is not shown.
    """
    now_us: int = request.app.state.now_us()
    with database.connect() as connection:
        standings = store.queues(connection, now_us, tenant)
    return json_answer(
        {
            "items": msgspec.to_builtins(standings),
            "next_cursor": None,
            "total": len(standings),
            "total_is": "exact",
            "at": rfc3339(now_us),
            "window_seconds": WINDOW_US // SECOND_US,
        }
    )

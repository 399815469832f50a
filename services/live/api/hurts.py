"""`/v1/hurts`: where customers are made to struggle now, more than usual."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from schemas.times import rfc3339
from services.live.core.hurts import MINUTE_US, WINDOW_MINUTES, WINDOW_MINUTES_MAX, WINDOW_MINUTES_MIN, Spans
from services.live.store import hurts as store
from services.web.parameters import Database, Text, json_answer

router = APIRouter(prefix="/v1/hurts", tags=["frictions"])

Minutes = Annotated[int, Query(ge=WINDOW_MINUTES_MIN, le=WINDOW_MINUTES_MAX)]


@router.get("", summary="What hurts now: kinds and touchpoints, the farthest above their usual first")
def list_hurts(
    request: Request,
    database: Database,
    window_minutes: Minutes = WINDOW_MINUTES,
    tenant: Annotated[Text | None, Query()] = None,
    queue: Annotated[Text | None, Query()] = None,
) -> Response:
    """Raised frictions whose `at` is in the last minutes; replayed history does not hurt now.

    `usual` is the mean of a window over the 24 hours before, of those in which contacts began; null
    while there are none. `history` has the last 16 windows, the earliest first, the one that is now last.
    `stands_since`: since when events come and the journey builder folds none; what is told is of then.
    """
    now_us: int = request.app.state.now_us()
    builder = request.app.state.builder
    stands_since = None if builder is None else builder.stands_since
    with database.connect() as connection:
        found = store.hurting(connection, Spans(now_us, window_minutes * MINUTE_US), tenant, queue)
    return json_answer(
        {
            "items": msgspec.to_builtins(found),
            "at": rfc3339(now_us),
            "window_minutes": window_minutes,
            "stands_since": None if stands_since is None else rfc3339(int(stands_since * 1_000_000)),
        }
    )

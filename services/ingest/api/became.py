"""What became of an event, and how each source fares: so that its engineer finds a mistake himself."""

import time
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from schemas.times import SECOND_US, rfc3339, within_us
from services.ingest.api.door import Reader, door_of
from services.ingest.api.models import EventTrace, SourceList
from services.ingest.api.problems import ASKED, documented
from services.ingest.core.problems import Code, Refusal
from services.ingest.core.sources import Name, Standing
from services.ingest.core.tracing import Wanted

DAY_US = 24 * 3600 * SECOND_US
NAME_MAX = 1024

router = APIRouter(prefix="/v1", tags=["events"])

Text = Annotated[str, Query(min_length=1, max_length=NAME_MAX)]


@router.get(
    "/events",
    response_model=EventTrace,
    responses=documented(*ASKED, Code.BAD_PARAMETER, Code.NOT_FOUND, Code.UNAVAILABLE),
    summary="What became of an event",
)
async def get_event(
    request: Request,
    reader: Reader,
    source: Annotated[Text, Query(description="The event's `source`.")],
    event_id: Annotated[Text, Query(alias="id", description="The event's `id`.")],
    since: Annotated[
        AwareDatetime | None, Query(description="Received then or later; else within the last 24 hours.")
    ] = None,
) -> Response:
    """Each time that it came, in order of receipt: `accepted`, `folded` (into `contact`), `duplicate`,
    `conflict` (another content under its name stands) or `quarantined` with the reason; `is_late` beside.

    `state` is the latest but for what changed nothing. The log is searched: `is_complete` is false where
    that took too long, and a later `since` helps.
    """
    now_us = time.time_ns() // 1000
    since_us = now_us - DAY_US if since is None else within_us(since, now_us)
    trace = await door_of(request).tracer.find(Wanted(source, event_id, reader.tenant), since_us // 1000)
    moment = rfc3339(since_us)
    if not trace.became:
        words = "" if trace.is_complete else ", as far as it could be searched"
        raise Refusal(Code.NOT_FOUND, f"no such event was received since {moment}{words}")
    standing = [one for one in trace.became if one.state not in ("duplicate", "conflict")]
    return _json(
        {
            "source": source,
            "id": event_id,
            "state": (standing or trace.became)[-1].state,
            "became": msgspec.to_builtins(trace.became),
            "since": moment,
            "is_complete": trace.is_complete,
        }
    )


@router.get(
    "/sources",
    response_model=SourceList,
    responses=documented(*ASKED, Code.BAD_PARAMETER),
    summary="How each source fares",
)
async def list_sources(request: Request, reader: Reader) -> Response:
    """What this process has heard since its start, the one last heard of first: when, how many events a
    minute against its usual (the mean of the day before), and its errors by reason with the newest in words.

    Where several processes share the work, `process` says whose answer this is: what came to it alone.
    """
    now = time.time()
    door = door_of(request)
    items = [_shown(name, one, now) for name, one in door.sources.of(reader.tenant)]
    listed = {"items": items, "next_cursor": None, "total": len(items), "total_is": "exact"}
    return _json(listed | {"process": door.name})


def _shown(name: Name, standing: Standing, now: float) -> dict[str, Any]:
    last = standing.last_error
    return {
        "tenant": name[0],
        "source": name[1],
        "since": _moment(standing.first_seen),
        "last_seen": _moment(standing.last_seen),
        "accepted": standing.accepted,
        "per_minute": standing.per_minute(now),
        "usual_per_minute": standing.usual_per_minute(now),
        "errors": dict(standing.errors),
        "last_error": last and {"at": _moment(last.at), "reason": last.reason, "detail": last.detail},
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else rfc3339(int(seconds * 1_000_000))


def _json(document: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")

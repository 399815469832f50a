"""`/v1/stream`: what changes, as it is committed, over Server-Sent Events."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool
from msgspec.structs import replace
from sqlalchemy import Connection, Engine
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.live.api.parameters import SEQ_MAX, FrictionQuery, Frictions
from services.live.core.filters import FrictionFilter, JourneyFilter
from services.live.metrics import SSE_CLIENTS
from services.live.store import changes as store
from services.live.store import frictions as friction_store
from services.live.store import incidents as incident_store
from services.live.store import journeys as journey_store
from services.live.tail import Tail
from services.web.keys import key_in
from services.web.parameters import Database
from services.web.problems import bad_parameter

router = APIRouter(prefix="/v1/stream", tags=["stream"])

PING_SECONDS = 15


@router.get("", summary="Journeys, frictions, incidents as they change", response_class=EventSourceResponse)
async def stream(
    request: Request,
    database: Database,
    query: Frictions,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventSourceResponse:
    """Events `journey`, `friction`, `incident` with the item as the lists show it, as it stands when sent.

    Filters are those of `/v1/frictions`. With one that journeys do not have (`kind`, `touchpoint`,
    `queue`, `state`) they are left out, and so are incidents with `customer`, `journey` or `state`;
    since, until, limit and cursor mean nothing here. Go on with `Last-Event-ID` after a break; without
    one the stream starts now. `reset`: you were away too long, read the lists again.
    """
    seen = _seq(last_event_id)
    # Before the answer begins: whoever has its first line is told all that comes from then on.
    span = await run_in_threadpool(_span, database)
    tail: Tail = request.app.state.tail
    events = _events(database, tail, query, span, seen)
    return EventSourceResponse(_counted(_while_valid(request, events)), ping=PING_SECONDS)


async def _counted(events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    SSE_CLIENTS.inc()
    try:
        async for event in events:
            yield event
    finally:
        SSE_CLIENTS.dec()


async def _while_valid(
    request: Request, events: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    """Ends where the key that opened the stream has ended: who is refused a list is told nothing, either."""
    ring, given = request.app.state.keys, key_in(request)
    async for event in events:
        if not ring.is_open and ring.find(given) is None:
            return
        yield event


async def _events(
    engine: Engine, tail: Tail, query: FrictionQuery, span: store.Span, seen: int | None
) -> AsyncIterator[ServerSentEvent]:
    if seen is None:
        seen = span.newest
    elif not span.before <= seen <= span.newest:
        seen = span.newest
        yield ServerSentEvent(event="reset", id=str(seen), data='{"reason":"too far behind"}')
    while True:
        grown = tail.grown
        passed, events = await run_in_threadpool(_next, engine, query, seen)
        for event in events:
            yield event
        if passed == seen:
            await grown.wait()
        seen = passed


def _next(engine: Engine, query: FrictionQuery, seen: int) -> tuple[int, list[ServerSentEvent]]:
    """The next changes that the filters let through, and how far the log is read."""
    with engine.connect() as connection:
        changes = store.after(connection, seen)
        if not changes:
            return seen, []
        if seen and changes[0].seq != seen + 1 and store.span(connection).before > seen:
            newest = changes[-1].seq
            return newest, [
                ServerSentEvent(event="reset", id=str(newest), data='{"reason":"too far behind"}')
            ]
        # Of several changes of one item only the last is told: it holds them all.
        last = {(change.event, change.id): change for change in changes}
        documents = _documents(connection, query, last.keys())
        told = [change for change in last.values() if (change.event, change.id) in documents]
    events = [_event(change, documents[change.event, change.id]) for change in sorted(told)]
    return changes[-1].seq, events


def _documents(connection: Connection, query: FrictionQuery, wanted: Any) -> dict[tuple[str, str], bytes]:
    names = ("friction", "incident", "journey")
    ids = {name: tuple(key for event, key in wanted if event == name) for name in names}
    found: dict[tuple[str, str], bytes] = {}
    if ids["friction"]:
        for key, document in friction_store.by_id(connection, _frictions(query, ids["friction"])).items():
            found["friction", key] = orjson.dumps(document)
    if ids["incident"]:
        for key, body in incident_store.bodies(connection, _frictions(query, ids["incident"])).items():
            found["incident", key] = body
    if ids["journey"] and not (query.kind or query.touchpoint or query.queue or query.state):
        for key, body in journey_store.heads(connection, _journeys(query, ids["journey"])).items():
            found["journey", key] = body
    return found


def _frictions(query: FrictionQuery, ids: tuple[str, ...]) -> FrictionFilter:
    return replace(query.filter(), since=None, until=None, ids=ids)


def _journeys(query: FrictionQuery, ids: tuple[str, ...]) -> JourneyFilter:
    if query.journey is not None:
        ids = tuple(key for key in ids if key == query.journey)
    return JourneyFilter(state=None, tenant=query.tenant, customer=query.customer, ids=ids)


def _event(change: store.Change, document: bytes) -> ServerSentEvent:
    return ServerSentEvent(event=change.event, id=str(change.seq), data=document.decode())


def _span(engine: Engine) -> store.Span:
    with engine.connect() as connection:
        return store.span(connection)


def _seq(last_event_id: str | None) -> int | None:
    if not last_event_id:
        return None
    is_number = last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 20
    if not is_number or int(last_event_id) > SEQ_MAX:
        raise bad_parameter("Last-Event-ID: send back the `id` of the last event you got.")
    return int(last_event_id)

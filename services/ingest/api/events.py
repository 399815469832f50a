"""`POST /v1/events`: the door for events, in every content mode of CloudEvents over HTTP."""

import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from schemas.codec import Reason
from services.ingest.api.bodies import read_body
from services.ingest.api.door import authorize, door_of
from services.ingest.api.models import Accepted
from services.ingest.api.problems import count, documented, problem
from services.ingest.core.modes import Mode, mode_of, read
from services.ingest.core.problems import Code, Refusal

router = APIRouter(tags=["events"])

EVENT = {
    "specversion": "1.0",
    "id": "7f0c",
    "source": "//acme/pbx",
    "type": "ivr.menu_entered",
    "time": "2026-11-21T10:00:00.123Z",
    "subject": "call-8842",
    "data": {"identifiers": {"phone": "+14155550101"}, "node": "main", "options": 7},
}
_ONE: dict[str, Any] = {"schema": {"type": "object"}, "example": EVENT}
_LIST: dict[str, Any] = {"schema": {"type": "array", "items": {"type": "object"}}, "example": [EVENT]}
_EITHER: dict[str, Any] = {
    "schema": {"oneOf": [_ONE["schema"], _LIST["schema"]]},
    "examples": {"one": {"value": EVENT}, "list": {"value": [EVENT]}},
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "In binary mode the event's attributes are `ce-*` headers and the body is its `data`.",
        "content": {
            "application/json": _EITHER,
            "application/cloudevents+json": _ONE,
            "application/cloudevents-batch+json": _LIST,
        },
    }
}
_REFUSALS = documented(
    Reason.NOT_JSON, Code.BAD_HEADER, Code.UNAUTHORIZED, Code.TIMEOUT, Reason.TOO_LARGE,
    Code.TOO_MANY_EVENTS, Code.UNSUPPORTED_CONTENT, Reason.SCHEMA, Reason.TOO_COMPLEX,
    Reason.NUMBER_OUT_OF_RANGE, Code.NOT_A_LIST, Code.UNAVAILABLE,
)  # fmt: skip


@router.post(
    "/v1/events",
    status_code=202,
    response_model=Accepted,
    responses=_REFUSALS,
    openapi_extra=_BODY,
    dependencies=[Depends(authorize)],
    summary="Send one event or a batch",
)
async def post_events(
    request: Request,
    dry_run: Annotated[bool, Query(description="Answer the same and keep nothing.")] = False,
) -> Response:
    """202 only when every accepted event is acknowledged by all in-sync replicas.

    In a list a bad event is quarantined with its reason and never sinks the others. After 503 send
    the same again: duplicates are harmless.
    """
    started = time.perf_counter()
    try:
        response = await _post(request, dry_run)
    except Refusal as refusal:
        count(request, refusal)
        response = problem(refusal)
    seconds = door_of(request).metrics.seconds
    seconds.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _post(request: Request, is_dry_run: bool) -> Response:
    headers = request.headers.raw
    body = await read_body(request)
    door_of(request).metrics.received_bytes.inc(len(body))
    sent = read(mode_of(headers), headers, body)
    answer = await door_of(request).admit(sent, is_dry_run)
    return Response(orjson.dumps(answer, default=_plain), status_code=202, media_type="application/json")


def _plain(value: Any) -> Any:
    raise TypeError(value)

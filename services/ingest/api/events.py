"""`POST /v1/events`: the door for events, in every content mode of CloudEvents over HTTP."""

import time
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.codec import Reason
from services.ingest.api.bodies import read_body
from services.ingest.api.door import SECURITY, check_key, door_of
from services.ingest.api.models import Accepted
from services.ingest.api.problems import count, documented, problem
from services.ingest.core.modes import mode_of, read
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
_DRY_RUN = {
    "name": "dry_run",
    "in": "query",
    "description": "Answer the same and keep nothing.",
    "schema": {"type": "boolean", "default": False},
}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
# By hand, with the key checked by the handler: FastAPI's dependencies would double the cost of an event.
_DOCUMENTED = {
    "security": SECURITY,
    "parameters": [_DRY_RUN],
    "requestBody": {
        "required": True,
        "description": "In binary mode the event's attributes are `ce-*` headers and the body is its `data`.",
        "content": {
            "application/json": _EITHER,
            "application/cloudevents+json": _ONE,
            "application/cloudevents-batch+json": _LIST,
        },
    },
}
_REFUSALS = documented(
    Reason.NOT_JSON, Code.BAD_HEADER, Code.BAD_PARAMETER, Code.UNAUTHORIZED, Code.TIMEOUT, Reason.TOO_LARGE,
    Code.TOO_MANY_EVENTS, Code.UNSUPPORTED_CONTENT, Reason.SCHEMA, Reason.TOO_COMPLEX,
    Reason.NUMBER_OUT_OF_RANGE, Code.NOT_A_LIST, Code.UNAVAILABLE,
)  # fmt: skip


@router.post(
    "/v1/events",
    status_code=202,
    response_model=Accepted,
    responses=_REFUSALS,
    openapi_extra=_DOCUMENTED,
    summary="Send one event or a batch",
)
async def post_events(request: Request) -> Response:
    """202 only when every accepted event is acknowledged by all in-sync replicas.

    In a list a bad event is quarantined with its reason and never sinks the others. After 503 send
    the same again: duplicates are harmless.
    """
    started = time.perf_counter()
    try:
        response = await _post(request)
    except Refusal as refusal:
        count(request, refusal)
        response = problem(refusal)
    seconds = door_of(request).metrics.seconds
    seconds.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _post(request: Request) -> Response:
    check_key(request)
    is_dry_run = _is_dry_run(request)
    headers = request.headers.raw
    mode = mode_of(headers)
    body = await read_body(request)
    door_of(request).metrics.received_bytes.inc(len(body))
    answer = await door_of(request).admit(read(mode, headers, body), is_dry_run)
    return Response(msgspec.json.encode(answer), status_code=202, media_type="application/json")


def _is_dry_run(request: Request) -> bool:
    value = request.query_params.get("dry_run", "false").lower()
    if value not in _FLAGS:
        raise Refusal(Code.BAD_PARAMETER, f"`dry_run` is {value!r}; send true or false")
    return _FLAGS[value]

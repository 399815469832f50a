"""`POST /v1/events`: the door for events, in every content mode of CloudEvents over HTTP."""

import time
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from schemas.codec import Reason
from services.ingest.api.bodies import read_body
from services.ingest.api.cors import headers_for
from services.ingest.api.door import SECURITY, door_of, sender_of
from services.ingest.api.models import Accepted
from services.ingest.api.problems import count, documented, problem
from services.ingest.core.modes import encoding_of, mode_of, read
from services.ingest.core.problems import Code, Refusal
from services.ingest.core.unpacking import ENCODINGS, unpack
from services.ingest.door import Door
from services.keys import Scope

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
_KEY = {
    "name": "key",
    "in": "query",
    "description": "A publishable key, where a page cannot send headers. Never a secret one.",
    "schema": {"type": "string"},
}
_ENCODING = {
    "name": "Content-Encoding",
    "in": "header",
    "description": "How the body is compressed; it may unpack to 1 MiB.",
    "schema": {"type": "string", "enum": ["identity", *ENCODINGS]},
}
# By hand, with the key checked by the handler: FastAPI's dependencies would double the cost of an event.
_DOCUMENTED = {
    "security": SECURITY,
    "parameters": [_DRY_RUN, _KEY, _ENCODING],
    "requestBody": {
        "required": True,
        "description": "In binary mode the event's attributes are `ce-*` headers and the body is its `data`.",
        "content": {
            "application/json": _EITHER,
            "application/cloudevents+json": _ONE,
            "application/cloudevents-batch+json": _LIST,
            "text/plain": {
                "schema": {"type": "string"},
                "examples": {
                    "page": {"value": "[…]", "description": "The same JSON; with a publishable key alone."}
                },
            },
        },
    },
}
_REFUSALS = documented(
    Reason.NOT_JSON, Code.BAD_HEADER, Code.BAD_PARAMETER, Code.UNAUTHORIZED, Code.TIMEOUT, Reason.TOO_LARGE,
    Code.TOO_MANY_EVENTS, Code.UNSUPPORTED_CONTENT, Reason.SCHEMA, Reason.TOO_COMPLEX, Code.BAD_REQUEST,
    Reason.NUMBER_OUT_OF_RANGE, Code.NOT_A_LIST, Code.UNAVAILABLE, Code.FORBIDDEN, Code.TOO_MANY_REQUESTS,
    Code.BUSY,
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
    door = door_of(request)
    try:
        response = await _post(request, door)
    except Refusal as refusal:
        count(request, refusal)
        response = problem(refusal)
    if granted := headers_for(request, door.gate):
        response.headers.update(granted)
    door.metrics.seconds.labels(response.status_code).observe(time.perf_counter() - started)
    return response


async def _post(request: Request, door: Door) -> Response:
    key = door.gate.admit(request, Scope.WRITE, Scope.PUBLISHABLE)
    sender = sender_of(key)
    is_dry_run = _is_dry_run(request)
    headers = request.headers.raw
    mode, encoding = mode_of(headers, sender.is_public), encoding_of(headers)
    body = await read_body(request)
    door.metrics.received_bytes.inc(len(body))
    # Not before the body is whole: who sends slowly takes nobody's place.
    with door.room:
        sent = read(mode, headers, unpack(encoding, body))
        answer = await door.admit(sent, is_dry_run, sender)
    return Response(msgspec.json.encode(answer), status_code=202, media_type="application/json")


def _is_dry_run(request: Request) -> bool:
    if not request.scope["query_string"]:
        return False
    value = request.query_params.get("dry_run", "false").lower()
    if value not in _FLAGS:
        raise Refusal(Code.BAD_PARAMETER, f"`dry_run` is {value!r}; send true or false")
    return _FLAGS[value]

"""Refusals as `application/problem+json`, for every route and for what FastAPI itself refuses."""

import math
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.ingest.api.door import door_of
from services.ingest.core.problems import PROBLEMS, Code, Refusal
from services.ingest.publisher import Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
EVENTS_PATH = "/v1/events"

#: After these the rest of the body may still be on its way.
_CLOSING = frozenset({408, 413})

_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}

_HTTP_CODES = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}

log = structlog.get_logger()


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(Unavailable, _on_unavailable)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, mistake)


def problem(refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    """The answer to a refusal."""
    kind = refusal.problem
    document: dict[str, Any] = {
        "type": f"urn:journeyline:problem:{refusal.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "hint": kind.hint,
    }
    return Response(
        orjson.dumps(document),
        status_code=kind.status,
        media_type=MEDIA_TYPE,
        headers=_headers(kind.status, refusal.retry_after) | (headers or {}),
    )


def _headers(status: int, retry_after: float) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        headers["Retry-After"] = str(math.ceil(retry_after or RETRY_AFTER_SECONDS))
    if status in _CLOSING:
        headers["Connection"] = "close"
    return headers


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    count(request, error)
    return problem(error)


async def _on_unavailable(request: Request, error: Exception) -> Response:
    return await _on_refusal(request, Refusal(Code.UNAVAILABLE, str(error)))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return await _on_refusal(request, Refusal(Code.BAD_PARAMETER, f"{place}: {first['msg']}"))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, Code.BAD_REQUEST)
    detail = f"{request.method} {request.url.path}"
    return problem(Refusal(code, detail), dict(error.headers or {}))


async def mistake(request: Request, error: Exception) -> Response:
    """The answer where we have failed."""
    # Without its text: it may quote what was sent.
    log.error("request_failed", path=request.url.path, error=type(error).__name__)
    return await _on_refusal(request, Refusal(Code.INTERNAL, "the request could not be handled"))


def count(request: Request, refusal: Refusal) -> None:
    """A refused POST of events counts as one where its events cannot be told."""
    events = refusal.events
    if request.url.path == EVENTS_PATH:
        events = max(events, 1)
    door_of(request).metrics.count_refused(refusal.code, events)


#: What a call that asks for a key may answer.
ASKED = (Code.UNAUTHORIZED, Code.FORBIDDEN, Code.TOO_MANY_REQUESTS)


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for these refusals."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        kind = PROBLEMS[code]
        entry = found.setdefault(kind.status, {"description": "", "content": {MEDIA_TYPE: _content()}})
        if kind.status in (429, 503):
            entry["headers"] = _RETRY_AFTER
        entry["description"] = "; ".join(filter(None, [entry["description"], f"`{code}`: {kind.title}"]))
    return found


def _content() -> dict[str, Any]:
    return {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}

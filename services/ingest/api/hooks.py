"""`/v1/hooks`: platforms' own web-hooks, signature checked, translated."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from schemas.codec import Reason
from services.ingest.api.bodies import read_body
from services.ingest.api.door import door_of
from services.ingest.api.problems import documented
from services.ingest.core.modes import encoding_of
from services.ingest.core.platforms.connections import Hook
from services.ingest.core.platforms.delivery import Delivery
from services.ingest.core.problems import Code, Refusal
from services.ingest.core.unpacking import unpack
from services.ingest.hooks import take

router = APIRouter(prefix="/v1/hooks", tags=["hooks"])

REFUSALS = documented(
    Reason.NOT_JSON, Code.BAD_SIGNATURE, Code.HOOK_NOT_CONFIGURED, Code.TIMEOUT, Reason.TOO_LARGE,
    Code.UNSUPPORTED_CONTENT, Code.TOO_MANY_REQUESTS, Code.BUSY, Code.UNAVAILABLE,
)  # fmt: skip

#: OpenAPI's: what a platform posts is the platform's affair.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "As the platform sends it, signed; it may be compressed.",
        "content": {
            "application/json": {"schema": {}},
            "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}

Platform = Annotated[str, Path(description="E.g. `twilio`, or the name of a mapping.", examples=["standard"])]
Connection = Annotated[
    str, Path(description="Its `name`, where a platform has several connections.", examples=["eu"])
]


@router.post("/{platform}", responses=REFUSALS, openapi_extra=BODY, summary="A platform's web-hook")
async def post_hook(request: Request, platform: Platform) -> Response:
    """Answers what the platform expects, when all that is kept is acknowledged by all in-sync replicas.

    What it tells nothing of ours with, and what fails in translation, is quarantined with its reason
    and acknowledged: sending it again would change nothing.
    """
    return await _post(request, platform)


@router.post(
    "/{platform}/{connection}", responses=REFUSALS, openapi_extra=BODY, summary="The same, for one of several"
)
async def post_named_hook(request: Request, platform: Platform, connection: Connection) -> Response:
    """As above."""
    return await _post(request, platform, connection)


@router.head(
    "/{platform}", summary="Whether somebody is there", responses=documented(Code.HOOK_NOT_CONFIGURED)
)
async def head_hook(request: Request, platform: Platform) -> Response:
    """Some platforms ask before they take an address."""
    _configured(request, platform)
    return Response()


@router.head("/{platform}/{connection}", include_in_schema=False)
async def head_named_hook(request: Request, platform: Platform, connection: Connection) -> Response:
    _configured(request, platform, connection)
    return Response()


async def _post(request: Request, platform: str, connection: str = "") -> Response:
    hook = None
    try:
        hook = _configured(request, platform, connection)
        return await answer(request, hook, await delivery_of(request))
    except Refusal as refusal:
        raise counted(request, refusal, hook) from None


async def delivery_of(request: Request) -> Delivery:
    """The request with its body as it was signed: unpacked, and otherwise untouched."""
    # Signatures say who it is, not keys; but nobody may come too often.
    door_of(request).gate.count(request)
    encoding = encoding_of(request.headers.raw)
    body = await read_body(request)
    url = request.url
    return Delivery(
        headers={name: value for name, value in reversed(request.headers.items())},
        body=unpack(encoding, body),
        received_us=time.time_ns() // 1000,
        url=f"{url.scheme}://{url.netloc}{url.path}",
        query=url.query,
    )


async def answer(request: Request, hook: Hook, delivery: Delivery) -> Response:
    door = door_of(request)
    with door.room:
        answered = await take(door, hook, delivery)
    return Response(answered.body, answered.status, media_type=answered.media_type)


def counted(request: Request, refusal: Refusal, hook: Hook | None) -> Refusal:
    """A refused delivery is one event: how many were in it, nobody can tell. `hook`: whose, if known."""
    refusal.events = max(refusal.events, 1)
    if hook is not None:
        door_of(request).metrics.hooks.labels(hook.connection.label, "refused", refusal.code).inc()
    return refusal


def _configured(request: Request, platform: str, connection: str = "") -> Hook:
    hooks = door_of(request).hooks
    hook = hooks.find(platform, connection)
    if hook is not None:
        return hook
    listed = hooks.of(platform)
    if len(listed) > 1 and not connection:
        detail = f"{platform} has several connections: post to /v1/hooks/{platform}/<name>"
    else:
        label = f"{platform}/{connection}" if connection else platform
        detail = f"no connection {label!r} with a secret is configured"
    raise Refusal(Code.HOOK_NOT_CONFIGURED, detail)

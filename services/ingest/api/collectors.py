"""Addresses that clients of other products have built in: Segment's and RudderStack's, and Snowplow's."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from schemas.codec import Reason
from services.ingest.api.door import door_of
from services.ingest.api.hooks import BODY, REFUSALS, answer, counted, delivery_of
from services.ingest.api.problems import count, problem
from services.ingest.core.platforms.connections import Hook
from services.ingest.core.platforms.delivery import Delivery
from services.ingest.core.platforms.segment import KINDS
from services.ingest.core.platforms.snowplow import application_of
from services.ingest.core.problems import Code, Refusal

router = APIRouter(tags=["hooks"])

SNOWPLOW_PATH = "/com.snowplowanalytics.snowplow/tp2"
#: What Snowplow's clients would send again for ever.
_SENT_AGAIN = frozenset({413, 415})
_ASKED = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, SP-Anonymous",
    "Access-Control-Max-Age": "600",
}
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


async def post_calls(request: Request) -> Response:
    """A client's calls: the write key is one of a segment or rudderstack connection's `secrets`."""
    return await _readable(request, _by_key)


async def ask(request: Request) -> Response:
    """What a page of another origin may do: post. Nothing here is its own to read or to forge."""
    return Response(status_code=204, headers=_granted(request) | _ASKED)


for name in ("batch", "import", "b", *KINDS):
    router.add_api_route(
        f"/v1/{name}", post_calls, methods=["POST"], responses=REFUSALS, openapi_extra=BODY,
        summary="Segment and RudderStack", include_in_schema=len(name) > 1,
    )  # fmt: skip
    router.add_api_route(f"/v1/{name}", ask, methods=["OPTIONS"], include_in_schema=False)


@router.post(SNOWPLOW_PATH, responses=REFUSALS, openapi_extra=BODY, summary="Snowplow's trackers")
async def post_snowplow(request: Request) -> Response:
    """As `POST /v1/hooks/snowplow`, at the address that trackers have built in."""
    return await _readable(request, _collector)


router.add_api_route(SNOWPLOW_PATH, ask, methods=["OPTIONS"], include_in_schema=False)


@router.get("/i", summary="Snowplow's pixel", responses=REFUSALS)
async def get_pixel(request: Request) -> Response:
    """One event in the query."""
    answered = await _readable(request, _collector)
    if answered.status_code != 200:
        return answered
    return Response(PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store"})


def _by_key(request: Request, delivery: Delivery) -> Hook:
    hooks = door_of(request).hooks.of("segment", "rudderstack")
    if not hooks:
        raise Refusal(Code.HOOK_NOT_CONFIGURED, "no connection to segment or rudderstack is configured")
    # A lone one says by itself, when it takes the delivery, what is wrong with it.
    fitting = hooks if len(hooks) == 1 else [hook for hook in hooks if hook.refusal(delivery) is None]
    if not fitting:
        raise Refusal(Code.BAD_SIGNATURE, "the write key is missing or wrong")
    return fitting[0]


async def _readable(request: Request, find: Callable[[Request, Delivery], Hook]) -> Response:
    """Refusals too must reach a page: a tracker takes an answer that it cannot read for none."""
    hook = None
    try:
        delivery = await delivery_of(request)
        hook = find(request, delivery)
        answered = await answer(request, hook, delivery)
    except Refusal as refusal:
        if find is _collector and refusal.problem.status in _SENT_AGAIN:
            refusal = Refusal(Reason.SCHEMA, f"{refusal.code}: {refusal.detail}")
        count(request, counted(request, refusal, hook))
        answered = problem(refusal)
    answered.headers.update(_granted(request))
    return answered


def _granted(request: Request) -> dict[str, str]:
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    # Snowplow's tracker sends with credentials, though there are none of ours.
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


def _collector(request: Request, delivery: Delivery) -> Hook:
    """The connection of the application that the events are of, else the first."""
    hooks = door_of(request).hooks.of("snowplow")
    if not hooks:
        raise Refusal(Code.HOOK_NOT_CONFIGURED, "no connection to snowplow is configured")
    app = application_of(delivery) if len(hooks) > 1 else None
    return next((hook for hook in hooks if app in hook.connection.app_ids), hooks[0])

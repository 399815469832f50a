"""`POST /v1/events` past the framework's routing, which costs as much as the event itself.

The route is there all the same, for /docs and for everything but its speed.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.ingest.api.cors import headers_asked_for
from services.ingest.api.door import door_of
from services.ingest.api.events import post_events
from services.ingest.api.problems import EVENTS_PATH, problem
from services.ingest.core.problems import Code, Refusal


class ShortCut:
    """ASGI middleware; also answers browsers that ask beforehand whether a page may post."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _ANSWERS.get(scope["method"]) if scope.get("path") == EVENTS_PATH else None
        if answer is not None:
            request = Request(scope, receive)
            response = await answer(request)
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _asked(request: Request) -> Response:
    granted = headers_asked_for(request, door_of(request).gate)
    if granted is None:
        return problem(Refusal(Code.FORBIDDEN, "a page may post under a publishable key in the query alone"))
    return Response(status_code=204, headers=dict(granted))


_ANSWERS = {"POST": post_events, "OPTIONS": _asked}

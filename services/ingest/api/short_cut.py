"""`POST /v1/events` past the framework's middleware and routing, which cost as much as the event itself.

The route is there all the same, for /docs and for everything but its speed.
"""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.ingest.api.cors import headers_asked_for
from services.ingest.api.door import door_of
from services.ingest.api.events import post_events
from services.ingest.api.problems import EVENTS_PATH, mistake, problem
from services.ingest.core.problems import Code, Refusal


class ShortCut:
    """The application as it is served; also answers browsers that ask beforehand whether a page may post."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _ANSWERS.get(scope["method"]) if scope.get("path") == EVENTS_PATH else None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive)
        try:
            response = await answer(request)
        except Exception as error:
            response = await mistake(request, error)
        await response(scope, receive, send)


async def _asked(request: Request) -> Response:
    granted = headers_asked_for(request, door_of(request).gate)
    if granted is None:
        return problem(Refusal(Code.FORBIDDEN, "a page may post under a publishable key in the query alone"))
    return Response(status_code=204, headers=dict(granted))


_ANSWERS = {"POST": post_events, "OPTIONS": _asked}

"""What a body may hold: it is read before a key is looked at, so that else anybody could fill the memory."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.problems import problem

#: What people decide and say is short.
BODY_BYTES_MAX = 1024 * 1024
_STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_DETAIL = f"A body may have {BODY_BYTES_MAX} bytes; send less."


class BodyLimit:
    """Refuses with 413 what says that it is larger, or turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > BODY_BYTES_MAX:
            await problem(_STATUS, _STATUS.name.lower(), _DETAIL)(scope, receive, send)
            return
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > BODY_BYTES_MAX:
                # Of all errors FastAPI hands on this one alone from within a body.
                raise HTTPException(_STATUS, _DETAIL)
            return message

        await self._app(scope, counted, send)

"""How a route reaches the door, and who may pass."""

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from services.ingest.core.senders import Sender
from services.ingest.door import Door
from services.keys import Key, Scope

_BEARER = HTTPBearer(auto_error=False, description="A key of `journeyline keys`, or JOURNEYLINE_API_KEY.")
_KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key.")

#: For routes that check the key themselves.
SECURITY: list[dict[str, list[str]]] = [{"HTTPBearer": []}, {"APIKeyHeader": []}]


def door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


def authorize(*scopes: Scope) -> Callable[..., Awaitable[Key]]:
    """A dependency that asks for a key with one of these scopes, and gives it."""

    async def check(
        request: Request,
        _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
        _key: Annotated[str | None, Depends(_KEY_HEADER)],
    ) -> Key:
        # The two are there for /docs: a key may come in other ways.
        return door_of(request).gate.admit(request, *scopes)

    return check


Reader = Annotated[Key, Depends(authorize(Scope.READ))]
Operator = Annotated[Key, Depends(authorize(Scope.OPERATE))]


def sender_of(key: Key) -> Sender:
    return Sender(key.tenant, key.may(Scope.PUBLISHABLE))

"""How a route reaches the door, and who may pass."""

from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials

from services.ingest.core.senders import Sender
from services.ingest.door import Door
from services.keys import Key, Scope
from services.web.keys import BEARER, HEADER

#: For routes that check the key themselves.
SECURITY: list[dict[str, list[str]]] = [{BEARER.scheme_name: []}, {HEADER.scheme_name: []}]


def door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


def authorize(*scopes: Scope) -> Callable[..., Awaitable[Key]]:
    """A dependency that asks for a key with one of these scopes, and gives it."""

    async def check(
        request: Request,
        _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
        _key: Annotated[str | None, Depends(HEADER)],
    ) -> Key:
        # The two are there for /docs: a key may come in other ways.
        return door_of(request).gate.admit(request, *scopes)

    return check


Reader = Annotated[Key, Depends(authorize(Scope.READ))]
Operator = Annotated[Key, Depends(authorize(Scope.OPERATE))]


def sender_of(key: Key) -> Sender:
    return Sender(key.tenant, key.may(Scope.PUBLISHABLE))

"""How a route reaches the door, and who may pass."""

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from services.ingest.core.problems import Code, Refusal
from services.ingest.door import Door

_BEARER = HTTPBearer(auto_error=False, description="The key in JOURNEYLINE_API_KEY.")
_KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key.")


def door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


async def authorize(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    key: Annotated[str | None, Depends(_KEY_HEADER)],
) -> None:
    """Without a key in the settings everybody may pass; they are then all on this machine."""
    wanted = door_of(request).settings.api_key.get_secret_value()
    if not wanted:
        return
    given = bearer.credentials if bearer else key
    if given is None:
        raise Refusal(Code.UNAUTHORIZED, "the request has no credential")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Refusal(Code.UNAUTHORIZED, "the credential is wrong")

"""How a route reaches the door, and who may pass."""

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from services.ingest.core.problems import Code, Refusal
from services.ingest.door import Door

_BEARER = HTTPBearer(auto_error=False, description="The key in JOURNEYLINE_API_KEY.")
_KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key.")


#: For routes that check the key themselves.
SECURITY: list[dict[str, list[str]]] = [{"HTTPBearer": []}, {"APIKeyHeader": []}]


def door_of(request: Request) -> Door:
    return cast(Door, request.app.state.door)


async def authorize(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    _key: Annotated[str | None, Depends(_KEY_HEADER)],
) -> None:
    """`check_key` as a dependency; the schemes are there for /docs."""
    check_key(request)


def check_key(request: Request) -> None:
    """Without a key in the settings everybody may pass; they are then all on this machine."""
    wanted = door_of(request).settings.api_key.get_secret_value()
    if not wanted:
        return
    given = _given(request)
    if not given:
        raise Refusal(Code.UNAUTHORIZED, "the request has no credential")
    # Headers are bytes, which Starlette reads as Latin-1.
    if not hmac.compare_digest(given.encode("latin-1"), wanted.encode()):
        raise Refusal(Code.UNAUTHORIZED, "the credential is wrong")


def _given(request: Request) -> str | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")

"""The one credential: `Authorization: Bearer …` or `X-API-Key`, asked for where the settings name one."""

import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from services.web.problems import Refusal

_BEARER = HTTPBearer(auto_error=False, description="The service's API key.")
_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, in a header of its own.")


async def check_key(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> None:
    wanted: str = request.app.state.settings.api_key.get_secret_value()
    given = bearer.credentials if bearer else header or ""
    # In constant time, so that answers do not tell how much of a guess was right.
    if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "wrong_key" if given else "no_key",
            "Send the API key of this service as `Authorization: Bearer …` or `X-API-Key`.",
            {"WWW-Authenticate": "Bearer"},
        )

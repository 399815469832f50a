"""Who may call: a key, by `Authorization: Bearer …` or `X-API-Key`, asked for once there is one."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials

from services.keys import Keyring, Scope
from services.web.keys import BEARER, HEADER, confine, key_in
from services.web.problems import Refusal

_READING = frozenset({"GET", "HEAD"})


async def check_key(
    request: Request,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    _header: Annotated[str | None, Depends(HEADER)],
) -> None:
    """A key of one tenant sees that tenant alone; to change something takes another scope than to read."""
    ring: Keyring = request.app.state.keys
    if ring.is_open:
        return
    given = key_in(request)
    key = ring.find(given)
    if key is None:
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "wrong_key" if given else "no_key",
            "Send a key as `Authorization: Bearer …` or `X-API-Key`; `journeyline keys` makes them.",
            {"WWW-Authenticate": "Bearer"},
        )
    scope = Scope.READ if request.method in _READING else Scope.OPERATE
    if not key.may(scope):
        raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", f"Key {key.id} has no scope {scope}.")
    if not confine(request, key.tenant):
        raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", f"Key {key.id} is of tenant {key.tenant}.")


async def check_all_tenants(request: Request) -> None:
    """Refuses a key of one tenant, after `check_key`."""
    if getattr(request.state, "tenant", None) is not None:
        raise Refusal(HTTPStatus.FORBIDDEN, "forbidden", "This call needs a key for all tenants.")

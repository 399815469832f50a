"""How a key comes with an HTTP request, and how one tenant's key sees that tenant alone."""

from urllib.parse import quote

from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

#: For the API's own pages alone: `key_in` reads them.
BEARER = HTTPBearer(auto_error=False, description="A key of `journeyline keys`, or JOURNEYLINE_API_KEY.")
HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, in a header of its own.")


def key_in(request: HTTPConnection) -> bytes:
    """The credential in the headers; empty where there is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    given = key.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    # Headers are bytes, which Starlette reads as Latin-1.
    return given.encode("latin-1")


def confine(request: HTTPConnection, tenant: str | None) -> bool:
    """Makes a request one of its key's tenant; False where it asks for another's."""
    request.state.tenant = tenant
    if tenant is None:
        return True
    named = request.query_params.getlist("tenant")
    if not named:
        words = request.scope["query_string"]
        request.scope["query_string"] = words + b"&" * bool(words) + b"tenant=" + quote(tenant, "").encode()
        # What was read of the query before is remembered there.
        request.__dict__.pop("_query_params", None)
    return all(name == tenant for name in named)


def is_own(request: HTTPConnection, tenant: str) -> bool:
    """Whether the request's key may see what belongs to this tenant."""
    return getattr(request.state, "tenant", None) in (None, tenant)

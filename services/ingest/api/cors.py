"""What a page of another origin may do: send events under a publishable key, and nothing else."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection

from services.ingest.gate import Gate

_ASKED = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "600",
}
_NOTHING: Mapping[str, str] = {}


def headers_for(request: HTTPConnection, gate: Gate) -> Mapping[str, str]:
    """Lets the page read the answer, where the publishable key in the query is for its origin."""
    origin = request.headers.get("origin")
    if origin is None or gate.publishable(request) is None:
        return _NOTHING
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Date, Retry-After",
        "Vary": "Origin",
    }


def headers_asked_for(request: HTTPConnection, gate: Gate) -> Mapping[str, str] | None:
    """The answer to a browser that asks beforehand; None where the page may not send."""
    granted = headers_for(request, gate)
    return {**granted, **_ASKED} if granted else None

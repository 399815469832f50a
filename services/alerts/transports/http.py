"""A POST that ends as success or as `TransportError`: what the transports over HTTP have in common."""

from http import HTTPStatus
from typing import Any

import httpx2

from services.alerts.transports.errors import TransportError

#: The message itself is unwanted, now and later. What may be a gateway's word for a receiver that is down,
#: or a key that somebody will put right, is not among them.
PERMANENT = frozenset(
    {
        HTTPStatus.BAD_REQUEST, HTTPStatus.GONE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)  # fmt: skip


def post(client: httpx2.Client, url: str, **request: Any) -> None:
    try:
        answer = client.post(url, **request)
    except httpx2.HTTPError as error:
        raise TransportError(f"{type(error).__name__}: {error}") from None
    if answer.is_success:
        return
    raise TransportError(
        f"the receiver answered {answer.status_code} {answer.reason_phrase}",
        is_permanent=answer.status_code in PERMANENT,
        wait_seconds=_asked(answer.headers.get("retry-after", "")),
    )


def _asked(retry_after: str) -> float:
    """Seconds; the form with a date is not followed."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0

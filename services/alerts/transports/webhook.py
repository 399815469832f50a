"""`json://`, `jsons://`, `http://`, `https://`: the whole message as JSON, to whoever listens."""

from urllib.parse import urlencode

import httpx2
import orjson
from apprise.plugins.custom_json import NotifyJSON

from services.alerts.transports.errors import Message
from services.alerts.transports.http import post


class Webhook:
    """The key that says "the same message" is `Idempotency-Key` in the header, and `key` in the body."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float,
        *,
        auth: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        verify: bool = True,
    ) -> None:
        self._url = url
        self._client = httpx2.Client(timeout=timeout_seconds, auth=auth, headers=headers, verify=verify)

    def deliver(self, message: Message) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": message["key"]}
        post(self._client, self._url, content=orjson.dumps(message), headers=headers)


def from_apprise(service: NotifyJSON, timeout_seconds: float) -> Webhook:
    """Of apprise's form: `json://user:password@host:port/path?+Header=value&-query=value`."""
    port = f":{service.port}" if service.port else ""
    query = f"?{urlencode(service.params)}" if service.params else ""
    scheme = "https" if service.secure else "http"
    return Webhook(
        f"{scheme}://{service.host}{port}{service.fullpath}{query}",
        timeout_seconds,
        auth=(service.user, service.password or "") if service.user else None,
        headers=dict(service.headers),
        verify=bool(service.verify_certificate),
    )

"""Who is told: the setting `JOURNEYLINE_RECEIVERS` to receivers. Their addresses hold secrets.

`mailto://… json://…`, apart by blanks, or a JSON list of addresses and of objects that want less:
`[{"url": "mailto://…", "name": "billing team", "touchpoints": ["queue:billing*"], "severity": "medium"}]`.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import apprise
import msgspec
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email import NotifyEmail
from msgspec import Struct

from schemas.frictions import Severity
from services.alerts.core.names import digest, label
from services.alerts.core.routing import Route
from services.alerts.transports.alertmanager import Alertmanager
from services.alerts.transports.email import Email
from services.alerts.transports.errors import Transport
from services.alerts.transports.service import Service
from services.alerts.transports.webhook import Webhook, from_apprise
from services.settings import PREFIX, SettingsError

# It logs whole addresses.
apprise.logger.disabled = True

_HASH_SHOWN = 8
_PASSWORD = re.compile(r"^([^:/?#]+://[^:/?#@]*):[^/?#@]*@")


class Receiver(Struct, frozen=True, kw_only=True):
    route: Route
    #: `webhook`, `email`, or apprise's name of the service. A label of metrics.
    kind: str
    #: Without its secrets.
    address: str
    transport: Transport

    @property
    def name(self) -> str:
        return self.route.receiver


class _Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the setting says of one receiver."""

    url: str
    name: str = ""
    kinds: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    severity: Severity = Severity.LOW


def receivers_from(setting: str, timeout_seconds: float) -> tuple[Receiver, ...]:
    """Raises `SettingsError` that names the entry and none of its secrets."""
    found: dict[str, Receiver] = {}
    for number, wish in enumerate(_wishes(setting), 1):
        receiver = _receiver(wish, number, timeout_seconds)
        if receiver.name in found:
            raise SettingsError(f"{PREFIX}RECEIVERS: entry {number} is there twice; give it another name")
        found[receiver.name] = receiver
    return tuple(found.values())


def _wishes(setting: str) -> list[_Wish]:
    text = setting.strip()
    if not text.startswith("["):
        return [_Wish(url=url) for url in re.split(r"[\s,]+(?=[a-zA-Z][\w+.-]*://)", text) if url]
    try:
        entries = msgspec.json.decode(text, type=list[str | _Wish])
    except msgspec.DecodeError as error:
        raise SettingsError(f"{PREFIX}RECEIVERS: {error}") from None
    return [_Wish(url=entry) if isinstance(entry, str) else entry for entry in entries]


def _receiver(wish: _Wish, number: int, timeout_seconds: float) -> Receiver:
    kind, address, transport = _way(wish.url, number, timeout_seconds)
    # The same receiver has the same name after a restart, and its waiting notifications with it.
    name = label(wish.name) or f"{kind}-{digest(_without_password(wish.url, transport))[:_HASH_SHOWN]}"
    route = Route(
        receiver=name,
        kinds=wish.kinds,
        touchpoints=wish.touchpoints,
        tenants=wish.tenants,
        severity=wish.severity,
        hears_ends=kind == "alertmanager",
    )
    return Receiver(route=route, kind=kind, address=address, transport=transport)


def _way(url: str, number: int, timeout_seconds: float) -> tuple[str, str, Transport]:
    """Kind, address without secrets, transport."""
    scheme = url.partition("://")[0].lower()
    if scheme in ("alertmanager", "alertmanagers"):
        return "alertmanager", _bare(url), Alertmanager(url, timeout_seconds)
    service: Any = apprise.Apprise.instantiate(url)
    address = "" if service is None else str(service.url(privacy=True))
    if isinstance(service, NotifyJSON):
        return "webhook", address, from_apprise(service, timeout_seconds)
    if isinstance(service, NotifyEmail):
        return "email", address, Email(service, timeout_seconds)
    if isinstance(service, NotifyBase):
        kind = str(service.service_name).lower().replace(" ", "-")
        return kind, address, Service(service)
    if scheme in ("http", "https"):
        return "webhook", _bare(url), Webhook(url, timeout_seconds)
    raise SettingsError(
        f"{PREFIX}RECEIVERS: entry {number} ({scheme or 'without a scheme'}) is no address that apprise"
        " understands; see https://appriseit.com for how each service's is written"
    )


def _without_password(url: str, transport: Transport) -> str:
    """A wrong password is put right while notifications wait: they must find their receiver again."""
    return transport.target if isinstance(transport, Email) else _PASSWORD.sub(r"\1@", url)


def _bare(url: str) -> str:
    """Scheme and host: a path may be a secret, too."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "") + "/…"

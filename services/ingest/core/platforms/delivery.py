"""What a platform delivered, and the connection it came by."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct, field

from schemas.codec import DEFAULT_TENANT

FIELDS_MAX = 2000


class Unreadable(Exception):
    """Nothing can be made of a body as a whole."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Connection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account at one platform, whose deliveries belong to one tenant."""

    platform: str
    #: In the URL `/v1/hooks/{platform}/{name}`, where a platform has several.
    name: str = ""
    tenant: str = DEFAULT_TENANT
    #: Any of them may sign: two while one takes over from the other.
    secrets: tuple[str, ...] = ()
    #: Take what nobody signed: on loopback, or where senders are browsers that can keep no secret.
    unsigned: bool = False
    #: The address as it is entered at the platform, where that is signed (Twilio).
    url: str = ""
    #: The header of a shared token, beside `Authorization` and `X-API-Key`.
    header: str = ""
    #: `source` of the events, instead of the account's name at the platform.
    source: str = ""
    #: Country of phone numbers without a country code, e.g. `US`.
    region: str = ""
    #: Of times that name no zone, e.g. `Europe/Rome`.
    timezone: str = "UTC"
    #: Names for the platform's own ids of queues, agents, flows.
    names: dict[str, str] = field(default_factory=dict)
    #: The tenant's own attributes of a contact: name -> identifier type or field of `data`.
    attributes: dict[str, str] = field(default_factory=dict)
    #: Whether the platform's own ids of people are the tenant's customer ids.
    customer_ids: bool = False
    #: Authors of messages who are agents or bots, as patterns like `agent-*`.
    agents: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    #: Of an unsigned collector: the applications it takes events of.
    app_ids: tuple[str, ...] = ()
    #: What its payloads become, where no adapter knows: see `mapping.py`.
    mapping: Any = None

    @property
    def label(self) -> str:
        return f"{self.platform}/{self.name}" if self.name else self.platform


class Delivery(Struct, frozen=True, dict=True):
    """One request. `headers` have lower-case names; `received_us`: µs since 1970."""

    headers: Mapping[str, str]
    body: bytes
    received_us: int
    #: As the client addressed it, without the query.
    url: str = ""
    query: str = ""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def form(self) -> dict[str, list[str]]:
        """The fields of a form, blank ones too."""
        return self._form

    @cached_property
    def _form(self) -> dict[str, list[str]]:
        try:
            return parse_qs(
                self.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
            )
        except ValueError as error:
            raise Unreadable(f"the form cannot be read: {error}") from None

    def public_url(self, connection: Connection) -> str:
        """The URL as the platform knows it. What a proxy's client may claim in headers is not asked."""
        url = connection.url or self.url
        return f"{url}?{self.query}" if self.query else url

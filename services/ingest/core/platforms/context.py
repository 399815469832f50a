"""What an adapter needs to write events: names, moments, identifiers, ids that come out the same again."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import phonenumbers
from msgspec import Struct

from schemas.codec import DEFAULT_TENANT
from schemas.data import IDENTIFIER_TYPES
from schemas.times import rfc3339
from services.ingest.core.platforms.delivery import Connection, Delivery
from services.ingest.core.platforms.times import moment_us

Event = dict[str, Any]

#: Fields of `data` that hold words.
_WORDS = frozenset({
    "agent", "disposition", "error", "field", "form_id", "from_agent", "from_queue", "goal", "language",
    "market", "node", "page", "persona", "place", "product", "queue", "reason", "segment", "text", "to_agent",
    "to_queue", "topic", "what",
})  # fmt: skip

#: Words that stand in a caller's number where it is withheld.
_WITHHELD = ("anonymous", "restricted", "blocked", "unavailable", "unknown", "private", "withheld")
#: Twilio spells such a word on the keys of a telephone: all its anonymous callers have one "number".
_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NO_NUMBER = frozenset(_WITHHELD) | {f"+{word.translate(_KEYS)}" for word in _WITHHELD}


class SetAside(Exception):
    """Genuine, and nothing of ours: a kind we do not know, or one that says nothing of a journey."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class Untranslatable(Exception):
    """Of a kind that we know, and not as it should be."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class Context(Struct, frozen=True):
    """The connection and the delivery that a payload came by."""

    connection: Connection
    delivery: Delivery

    @property
    def received_us(self) -> int:
        return self.delivery.received_us

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.connection.timezone)

    def moment(self, value: object) -> int:
        """µs since 1970; a ValueError where it is none."""
        return moment_us(value, self.zone)

    def source(self, platform: str, account: object = None) -> str:
        return self.connection.source or f"//{platform}/{account or self.connection.name or 'default'}"

    def event(
        self,
        event_type: str,
        at_us: int,
        event_id: str,
        source: str,
        subject: object,
        data: Mapping[str, Any],
        sequence: object = None,
    ) -> Event:
        """One CloudEvent; what is None or empty in `data` is left out."""
        event: Event = {
            "specversion": "1.0",
            "id": event_id or hashed(event_type, at_us, subject, data),
            "source": source,
            "type": event_type,
            "time": rfc3339(at_us),
            "data": without_blanks(data),
        }
        if subject not in (None, ""):
            event["subject"] = str(subject)
        if sequence not in (None, ""):
            event["sequence"] = str(sequence)
        if self.connection.tenant != DEFAULT_TENANT:
            event["tenant"] = self.connection.tenant
        return event

    def name(self, platform_id: object) -> str | None:
        """A queue's, an agent's or a flow's name as the tenant calls it."""
        if platform_id in (None, ""):
            return None
        return self.connection.names.get(str(platform_id), str(platform_id))

    def identifiers(self, person: object = None, **known: object) -> dict[str, Any] | None:
        """By type; `person`: the platform's own id of the customer, which other systems do not know."""
        found = {kind: value for kind, value in known.items() if value not in (None, "", [])}
        if (phone := self.phone(found.pop("phone", None))) is not None:
            found["phone"] = phone
        if person not in (None, ""):
            if self.connection.customer_ids:
                found.setdefault("customer_id", person)
            else:
                # Not `customer_id`: two of these never merge, and the tenant's own are of another system.
                platform = self.connection.platform
                found["visitor_id"] = _both(found.get("visitor_id"), f"{platform}:{person}")
        texts = {kind: _texts(value) for kind, value in found.items()}
        return {kind: texts[kind] for kind in IDENTIFIER_TYPES if texts.get(kind)} or None

    def phone(self, value: object) -> str | None:
        """A telephone number without the protocol before it; None where it is none."""
        if value in (None, ""):
            return None
        text = str(value).strip()
        for scheme in ("tel:", "sms:", "whatsapp:", "sip:", "sips:"):
            text = text.removeprefix(scheme)
        text = text.partition("@")[0].partition(";")[0]
        if text.lower() in _NO_NUMBER or sum(each.isdigit() for each in text) < 5:
            return None
        if any(each not in "+0123456789 -./()" for each in text):
            return None
        if self.connection.region and not text.startswith("+"):
            return self._with_country(text)
        return text

    def attributes(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of the tenant's own attributes those with a meaning: identifiers, and fields of `data`."""
        identifiers: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for name, meaning in self.connection.attributes.items():
            if given.get(name) not in (None, ""):
                (identifiers if meaning in IDENTIFIER_TYPES else fields)[meaning] = given[name]
        return identifiers, fields

    def author(self, name: object) -> str | None:
        """`agent` or `bot`, where the connection says whose the name is."""
        for kind, patterns in (("bot", self.connection.bots), ("agent", self.connection.agents)):
            if any(fnmatchcase(str(name), pattern) for pattern in patterns):
                return kind
        return None

    def _with_country(self, text: str) -> str:
        try:
            number = phonenumbers.parse(text, self.connection.region)
        except phonenumbers.NumberParseException:
            return text
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def without_blanks(data: Mapping[str, Any]) -> dict[str, Any]:
    """And with words where some platforms have numbers: ids of queues, agents, forms."""
    return {
        name: str(value) if name in _WORDS and isinstance(value, int | float) else value
        for name, value in data.items()
        if value not in (None, "", {}, [])
    }


def hashed(*parts: object) -> str:
    """An id for what has none: the same parts have the same."""
    return sha256(orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def folded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """With names in lower case without `_` and `-`: senders differ in their case from kind to kind."""
    return {plain(name): value for name, value in payload.items()}


def plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def items_of(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def object_of(value: object) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value if each not in (None, "")]
    return str(value).strip()


def _both(first: object, second: str) -> object:
    if first is None:
        return second
    return [*_iterated(first), second]


def _iterated(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else (value,)

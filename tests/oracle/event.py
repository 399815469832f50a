"""One event as the rules see it, the order of events, and which of two copies stands."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import rfc8785

MICROSECONDS = 1_000_000

# The table of contract section 1, in its order.
TABLE = {
    "ivr": "started menu_entered option_selected input_failed authenticated ended",
    "call": "started queued answered held resumed transferred authenticated transcribed abandoned ended",
    "chat": "started message_sent handed_over transferred authenticated abandoned ended",
    "web_form": "page_loaded viewed started field_changed field_failed left submit_failed submitted",
    "survey": "answered",
    "ticket": "opened updated resolved reopened",
    "email": "received replied",
    "social": "posted replied",
    "touchpoint": "happened",
    "agent": "noted",
    "customer": "identified separated updated consent_changed",
}
TYPES = tuple(f"{channel}.{verb}" for channel, verbs in TABLE.items() for verb in verbs.split())

Raw = Mapping[str, Any]
Sequence = tuple[int, int, str]


class ContactKey(NamedTuple):
    tenant: str
    source: str
    subject: str


class Event(NamedTuple):
    us: int
    sequence: Sequence
    place: int
    source: str
    id: str
    type: str
    tenant: str
    contact: ContactKey | None
    data: Raw

    @property
    def channel(self) -> str:
        return self.type.partition(".")[0]

    @property
    def known(self) -> bool:
        return self.type in TYPES

    @property
    def order(self) -> tuple[object, ...]:
        """Event order; the contact only keeps apart what the contract leaves equal."""
        return (self.us, self.sequence, self.place, self.source, self.id, self.contact or ())

    def text(self, field: str) -> str | None:
        value = self.data.get(field)
        return value if isinstance(value, str) and value else None

    def number(self, field: str) -> float | None:
        value = self.data.get(field)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def standing(raws: Iterable[Raw]) -> list[Event]:
    """Of each event the copy that stands, in event order; unknown channels are left out."""
    stands: dict[tuple[object, ...], Raw] = {}
    for raw in raws:
        identity = (_tenant(raw), _contact(raw), raw["source"], raw["id"])
        held = stands.get(identity)
        if held is None or _rank(raw) > _rank(held):
            stands[identity] = raw
    events = [_event(raw) for raw in stands.values()]
    return sorted((event for event in events if event.channel in TABLE), key=lambda event: event.order)


def _rank(raw: Raw) -> tuple[Sequence, str]:
    canonical = {key: value for key, value in raw.items() if key != "replay"}
    canonical["tenant"] = _tenant(raw)
    return _sequence(raw), hashlib.sha256(rfc8785.dumps(canonical)).hexdigest()


def _event(raw: Raw) -> Event:
    type_ = raw["type"]
    return Event(
        us=microseconds(raw["time"]),
        sequence=_sequence(raw),
        place=TYPES.index(type_) if type_ in TYPES else len(TYPES),
        source=raw["source"],
        id=raw["id"],
        type=type_,
        tenant=_tenant(raw),
        contact=_contact(raw),
        data=_data(raw),
    )


def _tenant(raw: Raw) -> str:
    return str(raw.get("tenant") or "default")


def _data(raw: Raw) -> Raw:
    data = raw.get("data")
    return data if isinstance(data, Mapping) else {}


def _contact(raw: Raw) -> ContactKey | None:
    about = _data(raw).get("about")
    if isinstance(about, Mapping) and about.get("source") and about.get("subject"):
        return ContactKey(_tenant(raw), about["source"], about["subject"])
    if raw.get("subject"):
        return ContactKey(_tenant(raw), raw["source"], raw["subject"])
    if raw["type"].startswith("survey."):
        return ContactKey(_tenant(raw), raw["source"], f"survey:{raw['id']}")
    return None


def _sequence(raw: Raw) -> Sequence:
    """Absent is lowest, then digits as numbers, then text."""
    if raw.get("sequence") is None:
        return (0, 0, "")
    text = str(raw["sequence"])
    return (1, int(text), "") if text.isascii() and text.isdigit() else (2, 0, text)


def microseconds(time: str) -> int:
    moment = datetime.fromisoformat(time.upper())
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * MICROSECONDS + moment.microsecond

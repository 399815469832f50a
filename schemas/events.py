"""One event, checked: who says what of which contact, and in which order events stand."""

from msgspec import Struct

from schemas.data import CHANNELS, IDENTIFIER_TYPES, TYPES, AnyData, Contact, Data
from schemas.data.written import Unknown

__all__ = ["CHANNELS", "Contact", "Event"]

#: Between the parts of a contact's key; no name holds it.
SEPARATOR = "\x1f"

_PLACES = {cls: float(place) for place, cls in enumerate(TYPES.values())}
#: An unknown type stands after the known ones of its channel.
_CHANNEL_ENDS = {name.partition(".")[0]: place + 0.5 for place, name in enumerate(TYPES)}
_NAMES = {cls: name for name, cls in TYPES.items()}


def type_of(data: Data) -> str:
    return data.name if isinstance(data, Unknown) else _NAMES[type(data)]


def channel_of(type_name: str) -> str:
    return type_name.partition(".")[0]


_CHANNEL_OF = {cls: channel_of(name) for name, cls in TYPES.items()}


def channel_of_data(data: Data) -> str:
    return _CHANNEL_OF.get(type(data)) or channel_of(type_of(data))


def place_of(data: Data) -> float:
    """The place of the type in the contract's table, which orders events of one moment."""
    return _CHANNEL_ENDS[channel_of(data.name)] if isinstance(data, Unknown) else _PLACES[type(data)]


def sequence_order(sequence: str | None) -> tuple[int, int, str]:
    """Orders `sequence`: absent, then digits as numbers, then text."""
    if sequence is None:
        return (0, 0, "")
    if sequence.isascii() and sequence.isdigit():
        digits = sequence.lstrip("0")
        return (1, len(digits), digits)
    return (2, 0, sequence)


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One CloudEvent, checked. `at_us` is when it happened: microseconds since 1970, UTC."""

    id: str
    source: str
    type: str
    at_us: int
    subject: str | None
    data: AnyData
    tenant: str
    sequence: str | None
    replay: str | None
    #: The contact it speaks of; of a survey or customer event perhaps one that never was.
    contact: Contact
    #: SHA-256 of the canonical JSON, without `replay` and with the effective tenant.
    digest: bytes

    @property
    def channel(self) -> str:
        return channel_of(self.type)

    @property
    def is_lone(self) -> bool:
        """A customer event about no contact: there is nothing to know it by but whom it names."""
        return self.subject is None and self.data.about is None and self.channel == "customer"

    @property
    def key(self) -> bytes:
        """The record key: `source` U+001F `subject`; of a lone customer event its identifier."""
        if self.is_lone:
            return self.contact.subject.encode()
        return contact_key(self.contact)


def contact_of(source: str, subject: str | None, data: AnyData, type_name: str, event_id: str) -> Contact:
    """The contact that an event speaks of: what it is about, its subject, or who stands in for that."""
    if data.about is not None:
        return data.about
    if subject is not None:
        return Contact(source, subject)
    if channel_of(type_name) == "survey":
        return Contact(source, f"survey:{event_id}")
    return Contact(source, _strongest(data.identifiers) or f"customer:{event_id}")


def contact_key(contact: Contact) -> bytes:
    return f"{contact.source}{SEPARATOR}{contact.subject}".encode()


def _strongest(identifiers: dict[str, str | list[str]] | None) -> str | None:
    for kind in IDENTIFIER_TYPES:
        value = (identifiers or {}).get(kind)
        if value:
            return value if isinstance(value, str) else value[-1]
    return None


def precedence(sequence: str | None, digest: bytes, replay: str | None) -> tuple[object, ...]:
    """Of two contents under one identity the greater stands; of equals the live copy."""
    return (sequence_order(sequence), digest, replay is None)

"""Keys of customers: opaque, stable under one secret, not to be enumerated without it."""

import hmac
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import NamedTuple

from schemas.data import IDENTIFIER_TYPES, Contact
from schemas.events import SEPARATOR, Event
from schemas.events import contact_key as record_key_of
from services.journey_builder.core.identity.values import Known, strongest_first

_STRENGTHS = {kind: bytes([strength]) for strength, kind in enumerate(IDENTIFIER_TYPES)}

KEYS_KEPT = 1 << 17

#: An identifier in 17 bytes: the strength of its type, then its key; so the smaller one is the stronger.
Name = bytes


class Keys:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Customers come again: the hash costs more than the look.
        self._key = lru_cache(KEYS_KEPT)(self._make)

    def of(self, tenant: str, kind: str, value: str) -> str:
        """The key of the customer who is known by this identifier alone."""
        return self._key(tenant, kind, value)

    def of_contact(self, tenant: str, contact: Contact) -> str:
        """The key of a customer of whom nothing is known but one contact."""
        return self._key(tenant, "contact", contact.source, contact.subject)

    def candidates(self, tenant: str, contact: Contact, known: Known) -> tuple[str, ...]:
        """Whose a contact may be: of the first of its identifiers that links, else its own customer."""
        named = [self._key(tenant, kind, value) for kind, value in strongest_first(known)]
        return (*named, self.of_contact(tenant, contact))

    def name(self, tenant: str, kind: str, value: str) -> Name:
        return _STRENGTHS[kind] + bytes.fromhex(self._key(tenant, kind, value))

    def _make(self, *parts: str) -> str:
        return hmac.digest(self._secret, SEPARATOR.join(parts).encode(), sha256).hex()[:32]


def key_of(name: Name) -> str:
    return name[1:].hex()


class Kept(NamedTuple):
    """Of an event's contact: what its state is kept by, its name, and the key of its records."""

    key: bytes
    contact: Contact
    record_key: bytes


def contact_of(event: Event) -> Kept:
    if event.subject is None and event.is_lone:
        return _lone_contact(event)
    return _named_contact(event.tenant, event.contact)


@lru_cache(KEYS_KEPT)
def _named_contact(tenant: str, contact: Contact) -> Kept:
    record_key = record_key_of(contact)
    return Kept(_contact_key(tenant, record_key), contact, record_key)


def _contact_key(tenant: str, record_key: bytes) -> bytes:
    """16 bytes that name a contact's state."""
    return blake2b(tenant.encode() + SEPARATOR.encode() + record_key, digest_size=16).digest()


def _lone_contact(event: Event) -> Kept:
    """What a lone customer event is kept by, and under which name: each by itself.

    Not by its record key alone, whom it names first: it would be named together with all that others say of
    that one, of a blocked value, or of the same text under another type.
    """
    contact = Contact(event.source, f"customer:{event.id}")
    # No other record key has two separators.
    record_key = event.key + 2 * SEPARATOR.encode() + record_key_of(contact)
    return Kept(_contact_key(event.tenant, record_key), contact, event.key)

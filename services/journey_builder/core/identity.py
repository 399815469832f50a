"""Who a contact's customer is: its strongest identifier, normalised; its key a keyed hash of that.

Links between identifiers, limits and separations have their place here, behind `customer_of`.
"""

import hmac
import re
from functools import lru_cache
from hashlib import blake2b, sha256

import phonenumbers

from schemas.data import IDENTIFIER_TYPES, Contact
from schemas.events import SEPARATOR
from schemas.personal import Identifiers

Known = dict[str, tuple[str, ...]]

#: What systems write when they know nobody; compared without case.
BLOCKED = frozenset(
    {"", "null", "none", "anonymous", "unknown", "undefined", "0", "0000000000", "[object object]"}
)

#: No identifier is longer, and nobody has more of one type in one event: the last ones count.
VALUE_MAX = 256
VALUES_MAX = 20

KEYS_KEPT = 1 << 16

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def normalise(identifiers: Identifiers, phone_region: str | None) -> Known:
    """Values as they compare, without blocked ones: trimmed, e-mails lower-cased, phones in E.164."""
    known: Known = {}
    for kind, given in identifiers.items():
        if kind not in IDENTIFIER_TYPES:
            continue
        values = (given,) if isinstance(given, str) else given[-VALUES_MAX:]
        usable = tuple(
            value for value in (_normal(kind, value, phone_region) for value in values) if value is not None
        )
        if usable:
            known[kind] = usable
    return known


def strongest(known: Known) -> tuple[str, str] | None:
    """Type and value of the strongest identifier; of several values the last one named."""
    return next(((kind, known[kind][-1]) for kind in IDENTIFIER_TYPES if known.get(kind)), None)


class Keys:
    """Makes customer keys: opaque, stable under one secret, not to be enumerated without it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        # Customers come again: the hash costs more than the look.
        self._key = lru_cache(KEYS_KEPT)(self._make)

    def customer_of(self, tenant: str, contact: Contact, known: Known) -> str:
        """The key of the customer a contact belongs to; who names nobody is his own customer."""
        named = strongest(known)
        if named is None:
            return self._key(tenant, "contact", contact.source, contact.subject)
        return self._key(tenant, *named)

    def _make(self, *parts: str) -> str:
        return hmac.digest(self._secret, SEPARATOR.join(parts).encode(), sha256).hex()[:32]


@lru_cache(KEYS_KEPT)
def contact_key(tenant: str, record_key: bytes) -> bytes:
    """16 bytes that name a contact's state."""
    return blake2b(tenant.encode() + SEPARATOR.encode() + record_key, digest_size=16).digest()


def _normal(kind: str, value: str, phone_region: str | None) -> str | None:
    trimmed = value.strip()
    if len(trimmed) > VALUE_MAX or trimmed.lower() in BLOCKED:
        return None
    if kind == "email":
        return trimmed.lower()
    if kind == "phone" and not _E164.fullmatch(trimmed):
        return _e164(trimmed, phone_region)
    return trimmed


@lru_cache(100_000)
def _e164(value: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return value  # not a number anywhere: still the same text each time
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""Identifiers as they compare: trimmed, e-mails lower-cased, phones in E.164, junk set apart."""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from schemas.data import IDENTIFIER_TYPES
from schemas.personal import Identifiers
from services.journey_builder.core.identity.policy import Policy

#: By type, those named last at the end.
Known = dict[str, tuple[str, ...]]

#: No identifier is longer, and nobody has more of one type in one contact: the last ones count.
VALUE_MAX = 256
VALUES_MAX = 20


# Not with a 0 behind the country: `+4402071234567` has one too many, `+390612345678` has not.
_COUNTRIES = "|".join(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_E164 = re.compile(rf"\+(?:{_COUNTRIES})[1-9][0-9]{{5,13}}")


class Named(NamedTuple):
    """What an event names. `blocked` values count as absent."""

    known: Known
    blocked: Known


def normalise(identifiers: Identifiers, tenant: str, policy: Policy) -> Named:
    """Values as they compare, by type; blocked ones apart."""
    named, terms = Named({}, {}), policy.of(tenant)
    for kind, given in identifiers.items():
        if kind not in IDENTIFIER_TYPES:
            continue
        values = (given,) if isinstance(given, str) else given[-VALUES_MAX:]
        for value in values:
            normal = normal_value(kind, value, terms.region)
            is_blocked = len(normal) > VALUE_MAX or terms.blocks(kind, normal)
            place = named.blocked if is_blocked else named.known
            place[kind] = latest(place.get(kind, ()), (normal,))
    return named


def latest(before: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    """The values named so far and these, each once, in the order of their last mention."""
    if not before or before == values:
        return values
    return (*(value for value in before if value not in values), *values)[-VALUES_MAX:]


def strongest_first(known: Known) -> list[tuple[str, str]]:
    """Type and value of all of them; of one type the last one named first."""
    return [(kind, value) for kind in IDENTIFIER_TYPES for value in reversed(known.get(kind, ()))]


def normal_value(kind: str, value: str, phone_region: str | None) -> str:
    """As it compares."""
    trimmed = value.strip()
    if kind == "email":
        return trimmed.lower()
    if kind == "phone" and len(trimmed) <= VALUE_MAX and not _E164.fullmatch(trimmed):
        return _e164(trimmed, phone_region)
    return trimmed


@lru_cache(100_000)
def _e164(value: str, region: str | None) -> str:
    if value.lstrip("+").strip("0 -().") == "":
        return "0"  # a number of nothing but zeros
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return value  # not a number anywhere: still the same text each time
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""What lists can be narrowed by. `since` is included, `until` is not; both as the records write them."""

from msgspec import Struct


class JourneyFilter(Struct, frozen=True, kw_only=True):
    #: Empty: all but superseded ones, which are journeys no more. None: these too.
    state: str | None = ""
    tenant: str | None = None
    customer: str | None = None
    goal: str | None = None
    persona: str | None = None
    segment: str | None = None
    channel: str | None = None
    friction: str | None = None
    since: str | None = None
    until: str | None = None
    ids: tuple[str, ...] | None = None


class FrictionFilter(Struct, frozen=True, kw_only=True):
    kinds: tuple[str, ...] = ()
    tenant: str | None = None
    customer: str | None = None
    journey: str | None = None
    touchpoint: str | None = None
    queue: str | None = None
    state: str | None = None
    since: str | None = None
    until: str | None = None
    ids: tuple[str, ...] | None = None
    contacts: tuple[bytes, ...] | None = None

"""What became of an event: told from the records of its name, as the log has them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from schemas.codec import InvalidEvent, check_time, decode_event
from schemas.events import Contact, Event, precedence
from schemas.quarantine import Quarantined
from schemas.times import rfc3339
from services.ingest.core.keeping import document_of

#: An event that is so much older than the newest of its contact is late.
LATE_US = 24 * 3600 * 1_000_000


class State(StrEnum):
    #: The log has it; the builder is not there yet.
    ACCEPTED = "accepted"
    FOLDED = "folded"
    #: The very same event was there before.
    DUPLICATE = "duplicate"
    #: Another content under its name stands.
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"


class Found(Struct, frozen=True):
    """A record of the log: of an event, or of what was quarantined."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes


class Copy(Struct, frozen=True):
    """A record that is the event."""

    found: Found
    event: Event
    is_late: bool = False


class Became(Struct, frozen=True, kw_only=True):
    """One record of the event, and what became of it."""

    state: State
    tenant: str | None
    received_at: str
    topic: str
    partition: int
    offset: int
    is_late: bool = False
    contact: Contact | None = None
    type: str | None = None
    time: str | None = None
    reason: str | None = None
    detail: str | None = None
    quarantine_id: str | None = None


class Wanted(Struct, frozen=True):
    """An event's name. `tenant` None: whoever's."""

    source: str
    id: str
    tenant: str | None = None

    def is_in(self, value: bytes) -> bool:
        """Whether it can be there: a look at bytes, before anything is decoded."""
        # What is written in one way alone; others may be escaped.
        return not self.id.isascii() or not self.id.isalnum() or self.id.encode() in value

    def names(self, event: Event) -> bool:
        mine = (event.source, event.id) == (self.source, self.id)
        return mine and self.tenant in (None, event.tenant)


def event_of(found: Found, wanted: Wanted) -> Event | None:
    """The event of a record of `events.*`, if it is the one."""
    if not wanted.is_in(found.value):
        return None
    try:
        event = decode_event(found.value)
        check_time(event, found.timestamp)
    except InvalidEvent:
        return None
    return event if wanted.names(event) else None


def quarantined_of(found: Found, kept: Quarantined, wanted: Wanted) -> Became | None:
    """A quarantined record, if its original can be read and names the event."""
    document = document_of(kept)
    if wanted.tenant not in (None, kept.tenant):
        return None
    if (document.get("source"), document.get("id")) != (wanted.source, wanted.id):
        return None
    return Became(
        state=State.QUARANTINED,
        tenant=kept.tenant,
        received_at=kept.received_at,
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        reason=kept.reason,
        detail=kept.detail,
        quarantine_id=kept.id,
    )


def told(copies: Iterable[Copy], folded: Mapping[tuple[str, int], int]) -> list[Became]:
    """Each copy of the event, in order of receipt. `folded`: the next offset of each topic and partition."""
    by_contact: dict[tuple[str, bytes], list[Copy]] = {}
    became: list[Became] = []
    ordered = sorted(copies, key=lambda one: (one.found.timestamp, one.found.offset))
    for copy in ordered:
        earlier = by_contact.setdefault(_name(copy), [])
        is_repeated = any(other.event.digest == copy.event.digest for other in earlier)
        is_folded = copy.found.offset < folded.get((copy.found.topic, copy.found.partition), 0)
        state = State.DUPLICATE if is_repeated else State.FOLDED if is_folded else State.ACCEPTED
        earlier.append(copy)
        became.append(_became(copy, state))
    standing = {name: max(alike, key=_precedence).event.digest for name, alike in by_contact.items()}
    return [
        replace(one, state=State.CONFLICT) if copy.event.digest != standing[_name(copy)] else one
        for copy, one in zip(ordered, became, strict=True)
    ]


def _name(copy: Copy) -> tuple[str, bytes]:
    """Within it the event's name stands for one event."""
    return copy.event.tenant, copy.event.key


def _became(copy: Copy, state: State) -> Became:
    found, event = copy.found, copy.event
    return Became(
        state=state,
        tenant=event.tenant,
        received_at=rfc3339(found.timestamp * 1000),
        topic=found.topic,
        partition=found.partition,
        offset=found.offset,
        is_late=copy.is_late,
        contact=event.contact,
        type=event.type,
        time=rfc3339(event.at_us),
    )


def _precedence(copy: Copy) -> tuple[object, ...]:
    """Of contrary contents under one name the greater stands."""
    return precedence(copy.event.sequence, copy.event.digest, copy.event.replay)

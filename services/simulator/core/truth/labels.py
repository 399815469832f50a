"""One label: something that truly hurt a customer."""

from msgspec import Struct

from services.simulator.core.tales import Said, Tale


class Label(Struct, frozen=True, kw_only=True):
    kind: str
    touchpoint: str
    source: str
    subject: str
    at_ms: int
    #: The ids of the events that made it so, in order.
    evidence: tuple[str, ...]


def label(kind: str, tale: Tale, at_ms: int, touchpoint: str, *evidence: Said | None) -> Label:
    known = [said for said in evidence if said is not None]
    ids = tuple(dict.fromkeys(said.event_id for said in sorted(known, key=lambda said: said.at_ms)))
    return Label(
        kind=kind,
        touchpoint=touchpoint,
        source=tale.source,
        subject=tale.subject,
        at_ms=at_ms,
        evidence=ids,
    )


def queue_place(queue: str | None, channel: str) -> str:
    """Where a queue is meant and none is known, it is the channel."""
    return f"queue:{queue}" if queue else f"channel:{channel}"


def lasted(start: Said, limit_ms: int, end: Said | None, now_ms: int | None) -> bool:
    """Whether what began then was still so after the limit; exactly at the limit is in time."""
    at_ms = start.at_ms + limit_ms
    if end is not None:
        return end.at_ms > at_ms
    return now_ms is None or now_ms > at_ms

"""What the kinds of one contact have in common: evidence, silence, the earliest of what was met."""

from collections.abc import Iterable
from typing import NamedTuple

from .contact import Contact
from .event import Event
from .friction import Episode, Friction
from .limits import Terms

Evidence = Iterable[Event | None]


def raised(
    contact: Contact, kind: str, at_us: int, evidence: Evidence, touchpoint: str, ordinal: int = 0
) -> Episode:
    """Evidence stands in event order, each event once."""
    events = {event.order: event.id for event in evidence if event is not None}
    ids = tuple(events[order] for order in sorted(events))
    friction = Friction(kind, contact.key.source, contact.key.subject, at_us // 1000, ids, touchpoint)
    return Episode(contact.key.tenant, ordinal, friction)


def over(limit_us: int, until: Event | None, terms: Terms) -> bool:
    """Whether what lasts until this event (None: it still does) was still so after the limit."""
    return terms.passed(limit_us) if until is None else until.us > limit_us


class Met(NamedTuple):
    """A condition that was met; of several, the earliest counts, and of one moment the first listed."""

    at_us: int
    listed: int
    evidence: tuple[Event | None, ...]
    touchpoint: str = ""


def earliest(met: list[Met]) -> Met:
    return min(met, key=lambda one: (one.at_us, one.listed))


def last_text(events: Iterable[Event], field: str) -> str | None:
    """The latest value of this field."""
    values = [value for event in events if (value := event.text(field))]
    return values[-1] if values else None

"""How a journey closes, and when: contract section 7, Outcomes.

It closes `resolved` with its resolving event, unless what comes later undoes that; `abandoned` or
`unresolved` 72 h, `expired` 7 days after its last event.
"""

from typing import NamedTuple

from .between import takes_up
from .contact import Contact
from .event import Event
from .forms import abandoned_forms
from .journeys import Course
from .limits import Terms

ENDS = {"call.ended", "chat.ended"}
ABANDONED = {"call.abandoned", "chat.abandoned"}


class Close(NamedTuple):
    """An open journey has neither."""

    outcome: str | None
    at_us: int | None


def close(course: Course, terms: Terms) -> Close:
    resolved = resolving(course)
    if resolved is not None:
        return Close("resolved", resolved.us)
    failed = _failed(course, terms)
    if failed is not None and terms.passed(at := course.last_us + terms.limits.outcome_us):
        return Close(failed, at)
    if failed is None and terms.passed(at := course.last_us + terms.limits.silence_us):
        return Close("expired", at)
    return Close(None, None)


def resolving(course: Course, before: Event | None = None) -> Event | None:
    """The event since which the journey is resolved, as of just before this one."""
    joins = {contact.first.order for contact in course.contacts}
    since: Event | None = None
    for event in course.events:
        if before is not None and event.order >= before.order:
            break
        if event.order in joins or _undoes(event):
            since = None
        if _resolves(event):
            since = since or event
    return since


def _resolves(event: Event) -> bool:
    if event.type in ENDS:
        return event.data.get("resolved") is True
    return event.type in {"web_form.submitted", "ticket.resolved"}


def _undoes(event: Event) -> bool:
    if event.type in ENDS:
        return event.data.get("resolved") is False
    return event.type == "ticket.reopened"


def _failed(course: Course, terms: Terms) -> str | None:
    """What the last contact says, tickets and notes apart."""
    talks = [contact for contact in course.contacts if not contact.is_ticket_or_note]
    last = talks[-1] if talks else course.contacts[-1]
    if _is_abandoned(last, terms):
        return "abandoned"
    said = [event for event in last.events if event.type in ENDS and _says(event)]
    return "unresolved" if said and said[-1].data["resolved"] is False else None


def _says(event: Event) -> bool:
    return isinstance(event.data.get("resolved"), bool)


def _is_abandoned(contact: Contact, terms: Terms) -> bool:
    """A form, or a talk that nobody took up again: queueing once more or a person would have."""
    if abandoned_forms(contact, terms):
        return True
    turns = [event for event in contact.events if event.type in ABANDONED or takes_up(event)]
    return bool(turns) and turns[-1].type in ABANDONED

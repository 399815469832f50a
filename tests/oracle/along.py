"""The kinds that a whole journey decides: repeated_transfer, repeat_authentication, channel_switch."""

from typing import NamedTuple

from .between import PHONE
from .contact import Contact, is_outbound
from .event import Event
from .forms import CHANGED
from .friction import Episode
from .inside import Met, earliest, raised
from .ivr import last_node
from .journeys import Course
from .limits import Terms
from .outcomes import resolving

TRANSFERS = {"call.transferred", "chat.transferred"}
AUTHENTICATED = {"ivr.authenticated", "call.authenticated", "chat.authenticated"}


def repeated_transfers(course: Course, terms: Terms) -> list[Episode]:
    """By contact and by journey; where both are met, the earlier moment, of one moment the contact's."""
    met = {contact.key: _in_contact(contact, terms) for contact in course.contacts}
    third = _in_journey(course, terms)
    found = []
    for contact in course.contacts:
        conditions = list(met[contact.key])
        earlier = course.contacts[: course.contacts.index(contact)]
        if third and third[-1].contact == contact.key and not any(met[other.key] for other in earlier):
            conditions.append(Met(third[-1].us, 1, tuple(third)))
        if conditions:
            found.append(_repeated_transfer(contact, earliest(conditions)))
    return found


def _repeated_transfer(contact: Contact, met: Met) -> Episode:
    last = met.evidence[-1]
    assert last is not None
    touchpoint = contact.queue_place(contact.up_to(last))
    return raised(contact, "repeated_transfer", met.at_us, met.evidence, touchpoint)


def _in_contact(contact: Contact, terms: Terms) -> list[Met]:
    enough = _first_transfers(contact.events, terms.limits.transfers_in_contact)
    return [Met(enough[-1].us, 0, tuple(enough))] if enough else []


def _in_journey(course: Course, terms: Terms) -> list[Event]:
    return _first_transfers(course.events, terms.limits.transfers_in_journey)


def _first_transfers(events: list[Event], count: int) -> list[Event]:
    """Nothing if there are fewer."""
    first = [event for event in events if event.type in TRANSFERS][:count]
    return first if len(first) == count else []


def repeat_authentications(course: Course, terms: Terms) -> list[Episode]:
    """Once a journey, in the contact of the one too many."""
    succeeded = [event for event in course.events if _is_authenticated(event)][: terms.limits.authentications]
    if len(succeeded) < terms.limits.authentications:
        return []
    last = succeeded[-1]
    contact = course.of(last)
    touchpoint = _where(contact, last)
    return [raised(contact, "repeat_authentication", last.us, succeeded, touchpoint)]


def _is_authenticated(event: Event) -> bool:
    return event.type in AUTHENTICATED and event.data.get("succeeded") is True


def _where(contact: Contact, event: Event) -> str:
    before = contact.up_to(event)
    node = last_node(before) if event.channel == "ivr" else None
    return f"node:{node}" if node else contact.queue_place(before)


class Brought(NamedTuple):
    """The event by which a contact brings its channel into the journey."""

    event: Event
    channel: str


def channel_switches(course: Course, terms: Terms) -> list[Episode]:
    """Once a journey: what brings the third channel, if nothing is resolved just before."""
    by_channel: dict[str, Event] = {}
    brought = [one for contact in course.contacts for one in _brought(contact)]
    for event, channel in sorted(brought, key=lambda one: one.event.order):
        by_channel.setdefault(channel, event)
    firsts = list(by_channel.items())[: terms.limits.channels]
    if len(firsts) < terms.limits.channels:
        return []
    channel, last = firsts[-1]
    if resolving(course, before=last) is not None:
        return []
    evidence = [event for _, event in firsts]
    return [raised(course.of(last), "channel_switch", last.us, evidence, f"channel:{channel}")]


def _brought(contact: Contact) -> list[Brought]:
    """A form counts from its first change."""
    if contact.channel in PHONE:
        return [] if is_outbound(contact) else [Brought(contact.first, "call")]
    if contact.channel in {"chat", "email", "social"}:
        return [Brought(contact.first, contact.channel)]
    changed = [event for event in contact.events if event.type == CHANGED]
    return [Brought(changed[0], "web_form")] if changed else []

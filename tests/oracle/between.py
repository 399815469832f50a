"""The kinds that need a customer's other contacts: repeat_contact and repeated_transfer."""

from typing import NamedTuple

from .contact import MINUTE, Contact, is_person
from .event import Event
from .friction import Friction
from .inside import Met, earliest, raised
from .journeys import Course

CALL_BACK = 15 * MINUTE
REPEAT = 7 * 24 * 60 * MINUTE
TRANSFERS = {"call.transferred", "chat.transferred"}
PHONE = {"ivr", "call"}


class Repeats(NamedTuple):
    frictions: list[Friction]
    call_backs: int


def repeats(contacts: list[Contact]) -> Repeats:
    """Of one customer's contacts."""
    found, call_backs = [], 0
    for contact in filter(counts, contacts):
        earlier = _earlier(contact, contacts)
        if earlier is None:
            continue
        if is_call_back(earlier, contact):
            call_backs += 1
        elif contact.first.us - earlier.end_us <= REPEAT:
            pair = (earlier.ender, contact.first)
            touchpoint = earlier.queue_place(earlier.events)
            found.append(raised(contact, "repeat_contact", contact.first.us, pair, touchpoint))
    return Repeats(found, call_backs)


def counts(contact: Contact) -> bool:
    """An inbound IVR or call, a chat, an e-mail or post that did not begin with our reply."""
    if contact.channel in PHONE:
        return not is_outbound(contact)
    if contact.channel in {"email", "social"}:
        return contact.first.type not in {"email.replied", "social.replied"}
    return contact.channel == "chat"


def is_outbound(contact: Contact) -> bool:
    """What the first call.started says that says it at all; missing means inbound."""
    said = [event.text("direction") for event in contact.events if event.type == "call.started"]
    return next((direction == "outbound" for direction in said if direction), False)


def is_mere_transfer(contact: Contact) -> bool:
    """An IVR that handed the caller on to a call we know nothing of."""
    ended = [event for event in contact.own if event.type == "ivr.ended"]
    return contact.channel == "ivr" and any(event.data.get("reason") == "transferred" for event in ended)


def _earlier(contact: Contact, contacts: list[Contact]) -> Contact | None:
    """The latest-ended of those that may count; of several, the one that started later."""
    candidates = [
        other
        for other in contacts
        if other.first.order < contact.first.order
        and other.end_us <= contact.first.us
        and counts(other)
        and not is_mere_transfer(other)
        and (other.goal is None or contact.goal is None or other.goal == contact.goal)
    ]
    return max(candidates, key=lambda other: (other.end_us, other.first.order), default=None)


def is_call_back(earlier: Contact, contact: Contact) -> bool:
    by_phone = earlier.channel in PHONE and contact.channel in PHONE
    answered = any(is_person(event, is_outbound(earlier)) for event in earlier.events)
    return by_phone and contact.first.us - earlier.end_us < CALL_BACK and not answered


def repeated_transfers(course: Course) -> list[Friction]:
    """By contact and by journey; where both are met, the earlier moment, of one moment the contact's."""
    met = {contact.key: _in_contact(contact) for contact in course.contacts}
    third = _in_journey(course)
    found = []
    for contact in course.contacts:
        conditions = list(met[contact.key])
        earlier = course.contacts[: course.contacts.index(contact)]
        if third and _transferred(contact, third) and not any(met[other.key] for other in earlier):
            conditions.append(Met(third[-1].us, 1, tuple(third)))
        if conditions:
            found.append(_repeated_transfer(contact, earliest(conditions)))
    return found


def _repeated_transfer(contact: Contact, met: Met) -> Friction:
    last = met.evidence[-1]
    assert last is not None
    touchpoint = contact.queue_place(contact.up_to(last))
    return raised(contact, "repeated_transfer", met.at_us, met.evidence, touchpoint)


def _transfers(contact: Contact) -> list[Event]:
    return [event for event in contact.events if event.type in TRANSFERS]


def _in_contact(contact: Contact) -> list[Met]:
    transfers = _transfers(contact)
    return [Met(transfers[1].us, 0, tuple(transfers[:2]))] if len(transfers) >= 2 else []


def _in_journey(course: Course) -> list[Event]:
    """The first three transfers of the journey, if there are three."""
    transfers = [event for contact in course.contacts for event in _transfers(contact)]
    first = sorted(transfers, key=lambda event: event.order)[:3]
    return first if len(first) == 3 else []


def _transferred(contact: Contact, third: list[Event]) -> bool:
    return third[-1].contact == contact.key

"""The kinds that need a customer's other contacts: repeat_contact and false_containment."""

from typing import NamedTuple

from .contact import Contact, is_outbound, is_person, persons
from .event import Event
from .friction import Episode
from .inside import raised
from .ivr import last_node
from .limits import Limits, Terms
from .words import bot_place

PHONE = {"ivr", "call"}


class Repeats(NamedTuple):
    frictions: list[Episode]
    call_backs: int


def repeats(contacts: list[Contact], terms: Terms) -> Repeats:
    """Of one customer's contacts."""
    found, call_backs = [], 0
    for contact in filter(counts, contacts):
        earlier = _earlier(contact, contacts)
        if earlier is None:
            continue
        if is_call_back(earlier, contact, terms.limits):
            call_backs += 1
        elif contact.first.us - earlier.end_us <= terms.limits.repeat_us:
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


def is_call_back(earlier: Contact, contact: Contact, limits: Limits) -> bool:
    by_phone = earlier.channel in PHONE and contact.channel in PHONE
    return by_phone and contact.first.us - earlier.end_us < limits.call_back_us and not persons(earlier)


def false_containments(contacts: list[Contact], terms: Terms) -> list[Episode]:
    """Of one customer's contacts: each that was left to a machine, and the first person elsewhere."""
    found = []
    for contact in contacts:
        left = _left_to_machine(contact)
        if left is None:
            continue
        elsewhere = [event for other in contacts if other is not contact for event in persons(other)]
        soon = [event for event in elsewhere if 0 <= event.us - contact.end_us <= terms.limits.contained_us]
        if soon:
            person = min(soon, key=lambda event: event.order)
            found.append(
                raised(contact, "false_containment", person.us, (left, person), _machine(contact, left))
            )
    return found


def _left_to_machine(contact: Contact) -> Event | None:
    """The last end that says `contained`, unless a queue or a person took the customer after it."""
    turns = [event for event in contact.events if _is_contained(event) or takes_up(event)]
    return turns[-1] if turns and _is_contained(turns[-1]) else None


def _is_contained(event: Event) -> bool:
    return event.type in {"ivr.ended", "chat.ended"} and event.data.get("reason") == "contained"


def takes_up(event: Event) -> bool:
    return event.type == "call.queued" or is_person(event, outbound=False)


def _machine(contact: Contact, left: Event) -> str:
    before = contact.up_to(left)
    if left.channel == "chat":
        return bot_place(before)
    node = last_node(before)
    return f"node:{node}" if node else "channel:ivr"

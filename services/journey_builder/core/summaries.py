"""The summary of a contact: what its customer's stage needs to know of it."""

from typing import Any

from schemas.contacts import Transfer, Wait
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.frictions.abandoned_call import is_short
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import queue_or_channel

#: Contacts of these channels count for `repeat_contact`.
REPEATABLE = frozenset({"ivr", "call", "chat", "email", "social"})

#: A summary stays small: no rule counts more transfers of one contact, and queues show the newest waits.
TRANSFERS = 3
WAITS = 50


def describe(contact: Contact, rules: Rules) -> dict[str, Any]:
    """The fields of a summary that the contact's events decide."""
    if contact.first is None or contact.end is None:
        return {"is_contact": False, "identifiers": contact.identifiers}
    counts = _counts(contact)
    return {
        "is_contact": True,
        "is_record": contact.is_record,
        "identifiers": contact.identifiers,
        "channel": contact.channel,
        "first": ref_of(contact.first),
        "last_us": contact.journey_last_us,
        "end": ref_of(contact.end),
        "end_us": contact.end_us,
        "goal": contact.goal,
        "queue": contact.queue,
        "may_repeat": counts,
        "may_be_repeated": counts and not (contact.is_ivr_transferred and not contact.is_call),
        "is_voice": contact.channel in ("ivr", "call"),
        "person_reached_us": contact.person_reached.at_us if contact.person_reached else None,
        "transfers": tuple(_transfer(contact, fact, queue) for fact, queue in contact.transfers[:TRANSFERS]),
        "waits": tuple(
            Wait(wait.queue, wait.start.at_us, wait.end.at_us if wait.end else None, wait.how)
            for wait in contact.waits[-WAITS:]
        ),
        "short_abandons": sum(is_short(wait, rules) for wait in contact.waits),
        "events": contact.events,
    }


def _counts(contact: Contact) -> bool:
    """Inbound speech, mail or posts that the customer began."""
    if contact.channel not in REPEATABLE or contact.direction == "outbound" or contact.first is None:
        return False
    return not contact.begins_with_reply


def _transfer(contact: Contact, fact: Fact, queue: str | None) -> Transfer:
    return Transfer(ref_of(fact), queue_or_channel(queue, contact.channel))

"""The summary of a contact: what its customer's stage needs to know of it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from schemas.contacts import Resolution, Summary, Touch, Wait
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.episodes import Hold
from services.journey_builder.core.episodes import Wait as QueuedWait
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.frictions.abandoned_call import is_short
from services.journey_builder.core.parameters import AUTHENTICATIONS_MAX, TRANSFERS_MAX
from services.journey_builder.core.rule_book import RuleBook
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import queue_or_channel

#: Contacts of these channels count for `repeat_contact`.
REPEATABLE = frozenset({"ivr", "call", "chat", "email", "social"})

#: A summary stays small. Queues show the newest waits.
WAITS = 50
RESOLUTIONS = 50
REACHED = 100


class Ruled(NamedTuple):
    """The rules that hold for a contact, as they are for its channel and goal; and that goal."""

    rules: Rules
    goal: str | None


def ruled(state: ContactState, book: RuleBook) -> Ruled:
    rules = book.of(state.head.tenant, state.contact.started_us)
    goal = state.goal(rules)
    return Ruled(rules.at(channel=state.contact.channel, goal=goal), goal)


def summary_of(state: ContactState, by: Ruled, customer_key: str, rest: tuple[str, ...] = ()) -> Summary:
    """Without a revision yet. `rest`: whose it is if that customer's identifier links nobody."""
    head = state.head
    return Summary(
        tenant=head.tenant,
        contact=head.contact,
        contact_key=state.key,
        revision=0,
        customer_key=customer_key,
        rest=rest,
        truncated=head.truncated,
        replay=head.replay,
        goal=by.goal,
        **describe(state.contact, by.rules, state.has_raised(Kind.ABANDONED_FORM)),
    )


def describe(contact: Contact, rules: Rules, has_abandoned_form: bool) -> dict[str, Any]:
    """The fields of a summary that the contact's events decide, and whether it abandoned a form."""
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
        "queue": contact.queue,
        "may_repeat": counts,
        "may_be_repeated": counts and not (contact.is_ivr_transferred and not contact.is_call),
        "is_voice": contact.channel in ("ivr", "call"),
        **_care(contact, has_abandoned_form),
        "waits": tuple(
            Wait(wait.queue, wait.start.at_us, wait.end.at_us if wait.end else None, wait.how)
            for wait in contact.waits[-WAITS:]
        ),
        "short_abandons": sum(is_short(wait, rules.at(queue=wait.queue)) for wait in contact.waits),
        "events": contact.events,
    }


def _care(contact: Contact, has_abandoned_form: bool) -> dict[str, Any]:
    """How the customer fared."""
    return {
        "reached": tuple(ref_of(fact) for fact in contact.reached[:REACHED]),
        "contained": _touch(*contact.contained) if contact.contained else None,
        "brings": _brings(contact),
        "transfers": tuple(
            _touch(fact, queue_or_channel(queue, contact.channel))
            for fact, queue in contact.transfers[:TRANSFERS_MAX]
        ),
        "transfer_count": len(contact.transfers),
        "authentications": tuple(
            _touch(fact, place or f"channel:{contact.channel}")
            for fact, place in contact.authentications[:AUTHENTICATIONS_MAX]
        ),
        "resolutions": tuple(
            Resolution(ref_of(fact), word) for fact, word in contact.resolutions[-RESOLUTIONS:]
        ),
        "is_abandoned": contact.abandoned is not None or has_abandoned_form,
        "waited_us": _spent(contact.waits),
        "held_us": _spent(contact.holds),
    }


def _counts(contact: Contact) -> bool:
    """Inbound speech, mail or posts that the customer began."""
    if contact.channel not in REPEATABLE or contact.direction == "outbound" or contact.first is None:
        return False
    return not contact.begins_with_reply


def _touch(fact: Fact, touchpoint: str) -> Touch:
    return Touch(ref_of(fact), touchpoint)


def _brings(contact: Contact) -> Touch | None:
    """Outbound calls are no channel of the customer's; a form is one from its first change on."""
    if contact.conversation is not None and contact.first is not None:
        channel = "call" if contact.channel == "ivr" else contact.channel
        is_ours = channel == "call" and contact.direction == "outbound"
        return None if is_ours else _touch(contact.first, f"channel:{channel}")
    return _touch(contact.first_change, "channel:web_form") if contact.first_change else None


def _spent(episodes: Sequence[QueuedWait] | Sequence[Hold]) -> int:
    """In microseconds, of those that are over."""
    return sum(one.end.at_us - one.start.at_us for one in episodes if one.end is not None)

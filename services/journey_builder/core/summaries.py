"""The summary of a contact: what its customer's stage needs to know of it."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.contacts import Attribute, EventRef, Resolution, Summary, Touch, Wait
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.episodes import Hold
from services.journey_builder.core.episodes import Wait as QueuedWait
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.frictions.abandoned_call import is_short
from services.journey_builder.core.parameters import AUTHENTICATIONS_MAX, TRANSFERS_MAX
from services.journey_builder.core.rule_book import RuleBook
from services.journey_builder.core.rules import DAY_US, Rules
from services.journey_builder.core.service import handling, left_machine
from services.journey_builder.core.words import queue_or_channel

#: Contacts of these channels count for `repeat_contact`.
REPEATABLE = frozenset({"ivr", "call", "chat", "email", "social"})

VOICE = frozenset({"ivr", "call"})

#: A summary stays small. Queues show the newest waits.
WAITS = 50
RESOLUTIONS = 50
REACHED_NEWEST, REACHED_DAYS = 50, 50


class Ruled(NamedTuple):
    """The rules that hold for a contact, as they are for its channel and goal; and that goal."""

    rules: Rules
    goal: str | None


def ruled(state: ContactState, book: RuleBook) -> Ruled:
    rules = book.of(state.head.tenant, state.contact.started_us)
    goal = state.goal(rules)
    return Ruled(rules.at(channel=state.contact.channel, goal=goal), goal)


def summary_of(
    state: ContactState, by: Ruled, candidates: Sequence[str], revision: int = 0, news_us: int = 0
) -> Summary:
    """`candidates`: whose it is, then whose if that customer's identifier links nobody, and so on."""
    head, contact, rules = state.head, state.contact, by.rules
    key, *rest = candidates
    first, end, channel, counts = contact.first, contact.end, contact.channel, _counts(contact)
    if first is None or end is None:
        return Summary(
            tenant=head.tenant, contact=head.contact, contact_key=state.key, customer_key=key,
            rest=tuple(rest), revision=revision, news_us=news_us, identifiers=contact.identifiers,
            is_contact=False, goal=by.goal, truncated=head.truncated, replay=head.replay,
            has_friction=bool(state.raised), attributes=_attributes(contact),
        )  # fmt: skip
    return Summary(
        tenant=head.tenant, contact=head.contact, contact_key=state.key, customer_key=key,
        rest=tuple(rest), revision=revision, news_us=news_us, identifiers=contact.identifiers,
        is_record=contact.is_record, channel=channel, is_voice=channel in VOICE,
        first=ref_of(first), last_us=contact.journey_last_us, end=ref_of(end), end_us=contact.end_us,
        goal=by.goal, queue=contact.queue, may_repeat=counts,
        may_be_repeated=counts and not (contact.is_ivr_transferred and not contact.is_call),
        reached=_reached(contact),
        contained=_touch(*contact.contained) if contact.contained else None, brings=_brings(contact),
        transfers=_transfers(contact, channel), transfer_count=len(contact.transfers),
        authentications=_authentications(contact, channel), resolutions=_resolutions(contact),
        is_abandoned=contact.abandoned is not None or state.has_raised(Kind.ABANDONED_FORM),
        waited_us=_spent(contact.waits), held_us=_spent(contact.holds), waits=_waits(contact),
        short_abandons=sum(is_short(wait, rules.at(queue=wait.queue)) for wait in contact.waits),
        events=contact.events, truncated=head.truncated, replay=head.replay,
        attributes=_attributes(contact),
        met_machine=contact.met_machine, left_machine=left_machine(contact),
        has_form=contact.first_change is not None, handling=handling(contact),
    )  # fmt: skip


def _attributes(contact: Contact) -> dict[str, Attribute]:
    return {name: Attribute(ref_of(fact), value) for name, (fact, value) in contact.attributes.items()}


def _transfers(contact: Contact, channel: str) -> tuple[Touch, ...]:
    return tuple(
        _touch(fact, queue_or_channel(queue, channel)) for fact, queue in contact.transfers[:TRANSFERS_MAX]
    )


def _authentications(contact: Contact, channel: str) -> tuple[Touch, ...]:
    return tuple(
        _touch(fact, place or f"channel:{channel}")
        for fact, place in contact.authentications[:AUTHENTICATIONS_MAX]
    )


def _resolutions(contact: Contact) -> tuple[Resolution, ...]:
    found = contact.resolutions
    if len(found) > RESOLUTIONS:
        found = [*found[: RESOLUTIONS // 2], *found[-RESOLUTIONS // 2 :]]
    return tuple(Resolution(ref_of(fact), word) for fact, word in found)


def _reached(contact: Contact) -> tuple[EventRef, ...]:
    """When a person was reached: the newest times, and of those before them the first of each day."""
    older, newest = contact.reached[:-REACHED_NEWEST], contact.reached[-REACHED_NEWEST:]
    firsts: dict[int, Fact] = {}
    for fact in older:
        firsts.setdefault(fact.at_us // DAY_US, fact)
    return tuple(map(ref_of, [*list(firsts.values())[-REACHED_DAYS:], *newest]))


def _waits(contact: Contact) -> tuple[Wait, ...]:
    return tuple(
        Wait(wait.queue, wait.start.at_us, wait.end.at_us if wait.end else None, wait.how)
        for wait in contact.waits[-WAITS:]
    )


def _counts(contact: Contact) -> bool:
    """Inbound speech, mail or posts that the customer began."""
    if contact.channel not in REPEATABLE or contact.first is None:
        return False
    return not (_is_our_call(contact) or contact.begins_with_reply)


def _is_our_call(contact: Contact) -> bool:
    return contact.channel in VOICE and contact.direction == "outbound"


def _touch(fact: Fact, touchpoint: str) -> Touch:
    return Touch(ref_of(fact), touchpoint)


def _brings(contact: Contact) -> Touch | None:
    """Outbound calls are no channel of the customer's; a form is one from its first change on."""
    if contact.conversation is not None and contact.first is not None:
        channel = "call" if contact.channel == "ivr" else contact.channel
        return None if _is_our_call(contact) else _touch(contact.first, f"channel:{channel}")
    return _touch(contact.first_change, "channel:web_form") if contact.first_change else None


def _spent(episodes: Sequence[QueuedWait] | Sequence[Hold]) -> int:
    """In microseconds, of those that are over."""
    return sum(one.end.at_us - one.start.at_us for one in episodes if one.end is not None)

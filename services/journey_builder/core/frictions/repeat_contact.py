"""`repeat_contact`: a customer comes back within a week; a call-back after nobody answered is no repeat."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum

from schemas.contacts import Summary
from schemas.frictions import Kind
from services.journey_builder.core.facts import Order, ref_order
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules, RulesOf
from services.journey_builder.core.words import duration, place, queue_or_channel


class Return(Enum):
    """What a contact is to the one before it."""

    REPEAT = "repeat"
    CALL_BACK = "call back"


def find(contacts: Sequence[Summary], rules_of: RulesOf) -> Iterator[tuple[Summary, Return, Finding | None]]:
    """`contacts`: all of one customer, in any order. A finding is anchored in the contact that repeats."""
    if len(contacts) < 2:
        return
    ended = sorted((contact for contact in contacts if contact.may_be_repeated), key=_ended)
    for contact in contacts:
        if not contact.may_repeat:
            continue
        earlier, rules = _earlier(contact, ended), rules_of(contact)
        if earlier is None or started_us(contact) - earlier.end_us > rules.repeat_contact_window_us:
            continue
        if _is_call_back(earlier, contact, rules):
            yield contact, Return.CALL_BACK, None
        else:
            yield contact, Return.REPEAT, _finding(earlier, contact)


def started_us(contact: Summary) -> int:
    return contact.first.at_us if contact.first is not None else 0


def started(contact: Summary) -> Order:
    """Where the contact's first event stands in event order."""
    assert contact.first is not None, "only contacts that began take part"
    return ref_order(contact.first)


def _ended(contact: Summary) -> tuple[int, Order]:
    return contact.end_us, started(contact)


def _earlier(contact: Summary, ended: Sequence[Summary]) -> Summary | None:
    """The latest-ended that had ended by this start; of several, the one that started later."""
    own = started(contact)
    by_then = bisect_right(ended, own[0], key=lambda earlier: earlier.end_us)
    return next(
        (
            earlier
            for earlier in reversed(ended[:by_then])
            if started(earlier) < own and _may_be_of_one_goal(earlier, contact)
        ),
        None,
    )


def _may_be_of_one_goal(one: Summary, other: Summary) -> bool:
    return one.goal is None or other.goal is None or one.goal == other.goal


def _is_call_back(earlier: Summary, contact: Summary, rules: Rules) -> bool:
    return (
        earlier.is_voice
        and contact.is_voice
        and not earlier.reached
        and started_us(contact) - earlier.end_us < rules.call_back_us
    )


def _finding(earlier: Summary, contact: Summary) -> Finding:
    assert contact.first is not None
    assert earlier.end is not None
    touchpoint = queue_or_channel(earlier.queue, earlier.channel or "call")
    since = duration(contact.first.at_us - earlier.end_us)
    return Finding(
        Kind.REPEAT_CONTACT,
        0,
        contact.first.at_us,
        touchpoint,
        (earlier.end, contact.first),
        f"The customer came back {since} after a contact with {place(touchpoint)}.",
    )

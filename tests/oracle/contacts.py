"""The oracle for contacts of any kind: events in any order, with duplicates and conflicts, in; frictions out.

It takes every event as arrived inside the horizon and no limit as exceeded: the promise covers nothing else.
Identifiers link only contacts with the same strongest type and value; who knows better passes `Customers`,
where a contact that is its own customer is (tenant, "contact", source, subject).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import along, between, forms, ivr, waiting, words
from .contact import Contact, Customer, customer_of, lone_answers
from .contact import contacts as contacts_of
from .event import ContactKey, Event, Raw, standing
from .friction import Counters, Episode, Friction
from .journeys import by_customer, courses
from .limits import Limits, Terms
from .outcomes import close

__all__ = ["ContactKey", "Counters", "Friction", "Journey", "counters", "frictions", "journeys", "named"]

Customers = Mapping[ContactKey, Customer]
LONE = {"customer", "survey"}
DEFAULT = Limits()
INSIDE = (
    forms.abandoned_forms,
    forms.form_errors,
    forms.slow_pages,
    ivr.ivr_loops,
    ivr.ivr_maze,
    ivr.ivr_dead_ends,
    waiting.long_waits,
    waiting.abandoned_calls,
    waiting.long_holds,
    waiting.slow_responses,
    words.bot_bounces,
    words.negative_sentiments,
    words.low_scores,
    words.reopened_tickets,
)
ALONG = (along.repeated_transfers, along.repeat_authentications, along.channel_switches)


class Journey(NamedTuple):
    """`outcome` and `closed_at_us` are None while it is open."""

    customer: Customer
    contacts: tuple[ContactKey, ...]
    goal: str | None
    opened_at_us: int
    last_event_at_us: int
    channels: tuple[str, ...]
    outcome: str | None
    closed_at_us: int | None


def frictions(
    events: Iterable[Raw],
    clock_us: int | None = None,
    customers: Customers | None = None,
    limits: Limits = DEFAULT,
) -> frozenset[Friction]:
    """All that are raised once the wall clock shows `clock_us`; None is infinitely late."""
    return frozenset(episode.friction for episode in _episodes(events, Terms(clock_us, limits), customers))


def named(
    events: Iterable[Raw],
    clock_us: int | None = None,
    customers: Customers | None = None,
    limits: Limits = DEFAULT,
) -> dict[str, Friction]:
    """The same by friction id."""
    episodes = list(_episodes(events, Terms(clock_us, limits), customers))
    found = {episode.friction_id: episode.friction for episode in episodes}
    assert len(found) == len(episodes), "two frictions of one id"
    return found


def _episodes(events: Iterable[Raw], terms: Terms, customers: Customers | None) -> Iterable[Episode]:
    standing_events = standing(events)
    contacts = contacts_of(standing_events)
    for contact in [*contacts, *lone_answers(standing_events)]:
        for within in INSIDE:
            yield from within(contact, terms)
    for own in by_customer(contacts, customers).values():
        yield from between.repeats(own, terms).frictions
        yield from between.false_containments(own, terms)
        for course in courses(own, terms.limits):
            for along_it in ALONG:
                yield from along_it(course, terms)


def journeys(
    events: Iterable[Raw],
    customers: Customers | None = None,
    clock_us: int | None = None,
    limits: Limits = DEFAULT,
) -> list[Journey]:
    """As they stand once the wall clock shows `clock_us`."""
    contacts = contacts_of(standing(events))
    return [
        Journey(
            customer,
            course.keys,
            course.goal,
            course.opened_us,
            course.last_us,
            course.channels,
            *close(course, Terms(clock_us, limits)),
        )
        for customer, own in by_customer(contacts, customers).items()
        for course in courses(own, limits)
    ]


def counters(events: Iterable[Raw], customers: Customers | None = None, limits: Limits = DEFAULT) -> Counters:
    standing_events = standing(events)
    contacts = contacts_of(standing_events)
    grouped = by_customer(contacts, customers)
    terms = Terms(None, limits)
    return Counters(
        contacts=len(contacts),
        customers_known=len(_known_customers(standing_events, contacts, grouped)),
        short_abandons=sum(waiting.short_abandons(contact, limits) for contact in contacts),
        call_backs=sum(between.repeats(own, terms).call_backs for own in grouped.values()),
    )


def _known_customers(
    events: list[Event], contacts: list[Contact], grouped: Mapping[Customer, list[Contact]]
) -> set[Customer]:
    """Those of contacts, and those seen only in a customer or survey event that is about no contact."""
    made = {contact.key for contact in contacts}
    lone = {customer_of([event]) for event in events if event.contact not in made and event.channel in LONE}
    known = {customer for customer in [*grouped, *lone] if customer is not None}
    return {customer for customer in known if customer[1] != "contact"}

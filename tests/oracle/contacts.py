"""The oracle for contacts of any kind: events in any order, with duplicates and conflicts, in; frictions out.

It covers abandoned_call, long_wait, repeat_contact, repeated_transfer, abandoned_form, ivr_maze and ivr_loop.
It takes every event as arrived inside the horizon and no limit as exceeded: the promise covers nothing else.
Identifiers link only contacts with the same strongest type and value; who knows better passes `Customers`,
where a contact that is its own customer is (tenant, "contact", source, subject).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import between, inside
from .contact import Contact, Customer, customer_of
from .contact import contacts as contacts_of
from .event import ContactKey, Event, Raw, standing
from .friction import Counters, Friction
from .journeys import by_customer, courses

__all__ = ["ContactKey", "Counters", "Friction", "Journey", "counters", "frictions", "journeys"]

Customers = Mapping[ContactKey, Customer]
LONE = {"customer", "survey"}


class Journey(NamedTuple):
    customer: Customer
    contacts: tuple[ContactKey, ...]
    goal: str | None
    opened_at_us: int
    last_event_at_us: int


def frictions(
    events: Iterable[Raw], clock_us: int | None = None, customers: Customers | None = None
) -> frozenset[Friction]:
    """All that are raised once the wall clock shows `clock_us`; None is infinitely late."""
    contacts = contacts_of(standing(events))
    found = [friction for contact in contacts for friction in inside.inside(contact, clock_us)]
    for own in by_customer(contacts, customers).values():
        found.extend(between.repeats(own).frictions)
        for course in courses(own):
            found.extend(between.repeated_transfers(course))
    return frozenset(found)


def journeys(events: Iterable[Raw], customers: Customers | None = None) -> list[Journey]:
    contacts = contacts_of(standing(events))
    return [
        Journey(customer, course.keys, course.goal, course.opened_us, course.last_us)
        for customer, own in by_customer(contacts, customers).items()
        for course in courses(own)
    ]


def counters(events: Iterable[Raw], customers: Customers | None = None) -> Counters:
    standing_events = standing(events)
    contacts = contacts_of(standing_events)
    grouped = by_customer(contacts, customers)
    return Counters(
        contacts=len(contacts),
        customers_known=len(_known_customers(standing_events, contacts, grouped)),
        short_abandons=sum(inside.short_abandons(contact) for contact in contacts),
        call_backs=sum(between.repeats(own).call_backs for own in grouped.values()),
    )


def _known_customers(
    events: list[Event], contacts: list[Contact], grouped: Mapping[Customer, list[Contact]]
) -> set[Customer]:
    """Those of contacts, and those seen only in a customer or survey event that is about no contact."""
    made = {contact.key for contact in contacts}
    lone = {customer_of([event]) for event in events if event.contact not in made and event.channel in LONE}
    known = {customer for customer in [*grouped, *lone] if customer is not None}
    return {customer for customer in known if customer[1] != "contact"}

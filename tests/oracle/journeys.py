"""Which contacts of a customer make one journey: contract section 6 and its fine print."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .contact import Contact, Customer
from .event import ContactKey, Event
from .limits import Limits


@dataclass
class Course:
    """A journey while its contacts join it."""

    contacts: list[Contact]

    @property
    def keys(self) -> tuple[ContactKey, ...]:
        return tuple(contact.key for contact in self.contacts)

    @property
    def goal(self) -> str | None:
        return next((contact.goal for contact in self.contacts if contact.goal is not None), None)

    @property
    def opened_us(self) -> int:
        return self.contacts[0].first.us

    @property
    def events(self) -> list[Event]:
        """Of whole contacts, in event order."""
        every = [event for contact in self.contacts for event in contact.events]
        return sorted(every, key=lambda event: event.order)

    @property
    def channels(self) -> tuple[str, ...]:
        """By first contact."""
        return tuple(dict.fromkeys(contact.channel for contact in self.contacts))

    @property
    def last_us(self) -> int:
        return max(contact.last_us for contact in self.contacts)

    def of(self, event: Event) -> Contact:
        return next(contact for contact in self.contacts if contact.key == event.contact)

    def takes(self, contact: Contact, limits: Limits) -> bool:
        after = contact.first.us - self.last_us
        if self.goal is None or contact.goal is None:
            return after <= limits.unknown_goal_us
        return self.goal == contact.goal and after <= limits.same_goal_us


def by_customer(
    contacts: Iterable[Contact], customers: Mapping[ContactKey, Customer] | None
) -> dict[Customer, list[Contact]]:
    """The contacts of each customer, in order of start."""
    given = customers or {}
    own: defaultdict[Customer, list[Contact]] = defaultdict(list)
    for contact in sorted(contacts, key=lambda contact: contact.first.order):
        own[given.get(contact.key, contact.customer)].append(contact)
    return dict(own)


def courses(contacts: list[Contact], limits: Limits) -> list[Course]:
    """Of one customer's contacts, in order of start; the list is in order of opening."""
    opened: list[Course] = []
    for contact in contacts:
        open_to_it = [
            course for course in opened if contact.is_ticket_or_note or course.takes(contact, limits)
        ]
        if open_to_it:
            open_to_it[-1].contacts.append(contact)
        else:
            opened.append(Course([contact]))
    return opened

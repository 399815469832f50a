"""Journeys: which of a customer's contacts are one attempt to do one thing (the contract's membership)."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from schemas.contacts import Summary
from schemas.data import Contact
from schemas.events import SEPARATOR
from services.journey_builder.core.frictions.repeat_contact import started, started_us
from services.journey_builder.core.rules import Rules, RulesOf


class JourneyFold:
    """One journey while its contacts join, in order of their start."""

    def __init__(self, opener: Summary) -> None:
        self.contacts = [opener]
        self.goal = opener.goal
        self.last_us = opener.last_us

    def join(self, contact: Summary) -> None:
        self.contacts.append(contact)
        self.goal = self.goal or contact.goal
        self.last_us = max(self.last_us, contact.last_us)

    def may_take(self, contact: Summary, rules: Rules) -> bool:
        """Same goal within a week of the last event; where either goal is unknown, within 72 hours."""
        if self.goal is not None and contact.goal is not None:
            window_us = rules.journey_same_goal_us
            return self.goal == contact.goal and started_us(contact) - self.last_us <= window_us
        return started_us(contact) - self.last_us <= rules.journey_unknown_goal_us

    @property
    def opened_us(self) -> int:
        return started_us(self.contacts[0])


def group(contacts: Sequence[Summary], rules_of: RulesOf) -> list[JourneyFold]:
    """A customer's journeys, in the order they opened. Tickets and notes join the newest, however old."""
    if len(contacts) == 1:
        return [JourneyFold(contacts[0])]
    journeys: list[JourneyFold] = []
    for contact in sorted(contacts, key=started):
        home = journeys[-1] if contact.is_record and journeys else None
        if not contact.is_record:
            home = next(
                (journey for journey in reversed(journeys) if journey.may_take(contact, rules_of(contact))),
                None,
            )
        if home is None:
            journeys.append(JourneyFold(contact))
        else:
            home.join(contact)
    return journeys


@lru_cache(1 << 16)
def journey_id(tenant: str, earliest: Contact) -> str:
    """Never of the customer, so that it stays when the customer is found out."""
    name = SEPARATOR.join((tenant, "journey", earliest.source, earliest.subject))
    return sha256(name.encode()).hexdigest()[:32]

"""`reopened_ticket`: what was called solved was not."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, (fact, topic) in enumerate(contact.reopenings, contact.past.reopenings):
        yield Finding(
            Kind.REOPENED_TICKET,
            ordinal,
            fact.at_us,
            f"topic:{topic}" if topic else "channel:ticket",
            (ref_of(fact),),
            f"The ticket{f' about {topic}' if topic else ''} was opened again after it had been resolved.",
        )

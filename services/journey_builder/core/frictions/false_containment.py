"""`false_containment`: IVR or bot were said to be enough, and soon the customer speaks with a person."""

from collections.abc import Iterator, Sequence

from schemas.contacts import Summary
from schemas.frictions import Kind
from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import RulesOf
from services.journey_builder.core.words import duration, place


def find(contacts: Sequence[Summary], rules_of: RulesOf) -> Iterator[tuple[Summary, Finding]]:
    """`contacts`: all of one customer, in any order. The contained one is the anchor."""
    if len(contacts) < 2 or all(contact.contained is None for contact in contacts):
        return
    reached = sorted(
        ((event, contact) for contact in contacts for event in contact.reached),
        key=lambda pair: ref_order(pair[0]),
    )
    for contact in contacts:
        if contact.contained is None or contact.end is None:
            continue
        until_us = contact.end_us + rules_of(contact).false_containment_window_us
        for event, other in reached:
            if other is not contact and contact.end_us <= event.at_us <= until_us:
                where = place(contact.contained.touchpoint)
                yield (
                    contact,
                    Finding(
                        Kind.FALSE_CONTAINMENT,
                        0,
                        event.at_us,
                        contact.contained.touchpoint,
                        (contact.contained.event, event),
                        f"The customer was done by {where}, it was said, and needed a person "
                        f"{duration(event.at_us - contact.end_us)} later.",
                    ),
                )
                break

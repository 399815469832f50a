"""`long_wait`: a customer waits in a queue for longer than he should, and perhaps still does."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration, place, queue_or_channel


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, wait in enumerate(contact.waits, contact.past.waits):
        limit_us = rules.at(queue=contact.queue_at(wait.start.at_us)).long_wait_us
        at_us = wait.start.at_us + limit_us
        if wait.end is not None and wait.end.at_us <= at_us:
            continue
        touchpoint = queue_or_channel(contact.queue_at(at_us), contact.channel)
        evidence = tuple(ref_of(fact) for fact in (wait.start, wait.end) if fact is not None)
        if wait.end is None:
            lasted = f"is waiting in {place(touchpoint)} for over {duration(limit_us)}"
        else:
            waited = duration(wait.end.at_us - wait.start.at_us)
            lasted = f"waited {waited} in {place(touchpoint)}; the limit is {duration(limit_us)}"
        yield Finding(
            Kind.LONG_WAIT,
            ordinal,
            at_us,
            touchpoint,
            evidence,
            f"The customer {lasted}.",
            waits=wait.end is None,
        )

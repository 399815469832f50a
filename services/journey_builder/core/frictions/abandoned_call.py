"""`abandoned_call`: a customer gave up in a queue, and not at once."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.episodes import Wait
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration, place, queue_or_channel


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, wait in enumerate(contact.waits, contact.past.waits):
        if wait.end is None or wait.how != "abandoned" or is_short(wait, rules.at(queue=wait.queue)):
            continue
        waited = duration(wait.end.at_us - wait.start.at_us)
        touchpoint = queue_or_channel(wait.queue, contact.channel)
        yield Finding(
            Kind.ABANDONED_CALL,
            ordinal,
            wait.end.at_us,
            touchpoint,
            (ref_of(wait.start), ref_of(wait.end)),
            f"The customer gave up after {waited} in {place(touchpoint)}.",
        )


def is_short(wait: Wait, rules: Rules) -> bool:
    """A short abandon: given up so soon that it is counted apart."""
    return (
        wait.end is not None
        and wait.how == "abandoned"
        and wait.end.at_us - wait.start.at_us <= rules.abandoned_call_after_us
    )

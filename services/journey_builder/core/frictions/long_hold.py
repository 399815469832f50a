"""`long_hold`: a customer was kept on hold for too long in all, and perhaps still is."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration, place, queue_or_channel


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    """Holds add up; the one in which the limit was passed completes it."""
    counted, held_us = [], 0
    limit_us = rules.at(queue=contact.queue).long_hold_us
    for hold in contact.holds:
        counted.append(hold)
        at_us = hold.start.at_us + max(limit_us - held_us, 0)
        if hold.end is not None and hold.end.at_us <= at_us:
            held_us += hold.end.at_us - hold.start.at_us
            continue
        touchpoint = queue_or_channel(contact.queue_at(at_us), contact.channel)
        facts = [fact for one in counted for fact in (one.start, one.end) if fact is not None]
        times = f"{len(counted)} times, in all" if len(counted) > 1 else "for"
        limit = duration(limit_us)
        yield Finding(
            Kind.LONG_HOLD,
            0,
            at_us,
            touchpoint,
            tuple(ref_of(fact) for fact in facts),
            f"The customer was put on hold {times} over {limit} in {place(touchpoint)}.",
            waits=hold.end is None,
        )
        return

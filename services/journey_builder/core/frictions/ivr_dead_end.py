"""`ivr_dead_end`: the IVR cut the customer off, or he gave up after it had not understood him."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for end, failed, node in contact.dead_ends[:1]:
        where = f" at the menu {node}" if node else ""
        if failed is None:
            explanation = f"The IVR cut the customer off{where}."
        else:
            explanation = f"The customer hung up{where}, after the IVR had not taken his last input."
        yield Finding(
            Kind.IVR_DEAD_END,
            0,
            end.at_us,
            f"node:{node}" if node else "channel:ivr",
            tuple(ref_of(fact) for fact in (failed, end) if fact is not None),
            explanation,
        )

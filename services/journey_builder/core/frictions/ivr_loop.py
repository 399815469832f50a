"""`ivr_loop`: a customer is sent back to the same menu again and again."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, (node, facts) in enumerate(contact.nodes.items()):
        if len(facts) < rules.ivr_loop_entries:
            continue
        counted = facts[: rules.ivr_loop_entries]
        yield Finding(
            Kind.IVR_LOOP,
            ordinal,
            counted[-1].at_us,
            f"node:{node}",
            tuple(ref_of(fact) for fact in counted),
            f"The customer came to the menu {node} {len(counted)} times in one contact.",
        )

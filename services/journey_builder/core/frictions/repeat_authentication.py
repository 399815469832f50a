"""`repeat_authentication`: a customer has to prove again who he is, in one journey."""

from collections.abc import Iterator, Sequence

from schemas.contacts import Summary
from schemas.frictions import Kind
from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import RulesOf
from services.journey_builder.core.words import place


def find(journey: Sequence[Summary], rules_of: RulesOf) -> Iterator[tuple[Summary, Finding]]:
    """Once in a journey; the contact in which it was asked again is the anchor."""
    proofs = [(proof, contact) for contact in journey for proof in contact.authentications]
    enough = rules_of(journey[0]).repeat_authentication_times
    if len(proofs) < enough:
        return
    proofs.sort(key=lambda pair: ref_order(pair[0].event))
    counted = proofs[:enough]
    again, contact = counted[-1]
    yield (
        contact,
        Finding(
            Kind.REPEAT_AUTHENTICATION,
            0,
            again.event.at_us,
            again.touchpoint,
            tuple(proof.event for proof, _ in counted),
            f"The customer had to prove again who he is, in {place(again.touchpoint)}: "
            f"{len(counted)} times in one journey.",
        ),
    )

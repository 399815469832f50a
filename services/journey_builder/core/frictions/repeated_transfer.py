"""`repeated_transfer`: a customer is passed on again and again, in one contact or over a journey."""

from collections.abc import Iterator, Sequence

from schemas.contacts import Summary, Touch
from schemas.frictions import Kind
from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.findings import Finding, is_wanted
from services.journey_builder.core.rules import RulesOf


def find(journey: Sequence[Summary], rules_of: RulesOf) -> Iterator[tuple[Summary, Finding]]:
    """`journey`: its contacts in the order they joined. The contact of the transfer is the anchor."""
    transfers = [(transfer, contact) for contact in journey for transfer in contact.transfers]
    if not transfers:
        return
    transfers.sort(key=lambda pair: ref_order(pair[0].event))
    enough = rules_of(journey[0]).transfers_in_journey
    counted = transfers[:enough]
    has_raised = False
    for contact in journey:
        found = []
        in_contact = rules_of(contact).transfers_in_contact
        if len(contact.transfers) >= in_contact:
            found.append(_finding(contact.transfers[:in_contact], "in one contact"))
        if len(counted) == enough and counted[-1][1] is contact and not has_raised:
            found.append(_finding([transfer for transfer, _ in counted], "in one journey"))
        # Where it is not looked for it hides none of another queue.
        wanted = [finding for finding in found if is_wanted(finding, rules_of(contact))]
        yield from ((contact, finding) for finding in wanted)
        has_raised = has_raised or bool(wanted)


def _finding(counted: Sequence[Touch], where: str) -> Finding:
    last = counted[-1]
    return Finding(
        Kind.REPEATED_TRANSFER,
        0,
        last.event.at_us,
        last.touchpoint,
        tuple(transfer.event for transfer in counted),
        f"The customer was passed on {len(counted)} times {where}, the last time to {last.touchpoint}.",
    )

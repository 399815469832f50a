"""`bot_bounce`: a customer is handed to and fro between bot and agent."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    enough = rules.at(queue=contact.queue).bot_bounce_handovers
    counted = contact.handovers[:enough]
    if len(counted) < enough:
        return
    last, bot = counted[-1]
    yield Finding(
        Kind.BOT_BOUNCE,
        0,
        last.at_us,
        f"bot:{bot}" if bot else "channel:chat",
        tuple(ref_of(fact) for fact, _ in counted),
        f"The customer was handed over {len(counted)} times between bot and agent in one chat.",
    )

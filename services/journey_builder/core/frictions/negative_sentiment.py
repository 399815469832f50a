"""`negative_sentiment`: a customer sounds angry, by the platform's score or by the tenant's own phrases."""

from collections.abc import Iterator

from schemas.data.written import SurveyAnswered
from schemas.events import channel_of_data
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.findings import Finding, is_wanted
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import queue_or_channel


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    """The first time in a contact."""
    for fact, queue in contact.said:
        channel = channel_of_data(fact.data)
        reason = _reason(fact, rules.at(queue=queue, channel=channel))
        if reason is None:
            continue
        finding = Finding(
            Kind.NEGATIVE_SENTIMENT,
            0,
            fact.at_us,
            queue_or_channel(queue, channel),
            (ref_of(fact),),
            f"The customer sounded dissatisfied: {reason}.",
        )
        # Where it is not looked for it hides none that is said elsewhere.
        if is_wanted(finding, rules):
            yield finding
            return


def _reason(fact: Fact, rules: Rules) -> str | None:
    sentiment = None if isinstance(fact.data, SurveyAnswered) else getattr(fact.data, "sentiment", None)
    if sentiment is not None and sentiment <= rules.negative_sentiment:
        return f"sentiment {sentiment:g}, on a scale from -1 to 1"
    phrases = rules.counted(fact.heard, fact.data.language) if fact.heard else ()
    return f"“{phrases[0]}”" if phrases else None

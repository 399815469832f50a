"""`low_score`: a survey's answer in the worst part of its scale."""

from collections.abc import Iterator

from schemas.data.written import SurveyAnswered
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import place, queue_or_channel


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, fact in enumerate(contact.surveys, contact.past.surveys):
        answer = fact.data
        if isinstance(answer, SurveyAnswered) and _is_low(answer, rules.at(queue=contact.queue)):
            touchpoint = queue_or_channel(contact.queue, contact.channel)
            yield Finding(
                Kind.LOW_SCORE,
                ordinal,
                fact.at_us,
                touchpoint,
                (ref_of(fact),),
                f"The customer answered {answer.metric.upper()} with {answer.score:g} "
                f"after a contact with {place(touchpoint)}.",
            )


def _is_low(answer: SurveyAnswered, rules: Rules) -> bool:
    if answer.metric == "nps":
        return answer.score <= rules.low_score_nps
    if answer.scale is None:
        return False
    low, high = answer.scale
    if answer.metric == "ces":
        from_hard_end = high - answer.score if answer.easier_is == "low" else answer.score - low
        return from_hard_end / (high - low) <= rules.low_score_ces_share
    return (answer.score - low) / (high - low) <= rules.low_score_csat_share

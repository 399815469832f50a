"""`slow_response`: a customer wrote and nobody answers; raised on the silence."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration, queue_or_channel

WORDS = {"email": "e-mail", "social": "social network"}


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, run in enumerate(contact.unanswered, contact.past.unanswered):
        there = rules.at(queue=contact.queue_at(run.start.at_us), channel=run.channel)
        limit_us = there.slow_response_us(run.channel)
        at_us = run.start.at_us + limit_us
        if run.end is not None and run.end.at_us <= at_us:
            continue
        if run.end is None:
            lasted = f"for over {duration(limit_us)}"
        else:
            lasted = f"for {duration(run.end.at_us - run.start.at_us)}; the limit is {duration(limit_us)}"
        yield Finding(
            Kind.SLOW_RESPONSE,
            ordinal,
            at_us,
            queue_or_channel(contact.queue_at(at_us), run.channel),
            tuple(ref_of(fact) for fact in (run.start, run.end) if fact is not None),
            f"The customer wrote by {WORDS.get(run.channel, run.channel)} and had no answer {lasted}.",
            waits=run.end is None,
        )

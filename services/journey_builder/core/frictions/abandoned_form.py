"""`abandoned_form`: a form was begun, and then left or left idle, without being submitted.

Only a later change or submit cancels it, so what counts is what came after the last change.
"""

from collections.abc import Iterator
from itertools import pairwise

from schemas.data.web_form import FieldChanged, FieldFailed, FormLeft
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.episodes import FormSession
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, (form_id, session) in enumerate(contact.forms.items()):
        if session.is_submitted:
            continue
        change = last_change(session)
        if change is not None:
            yield from _left(contact, form_id, ordinal, session, change, rules)
            yield from _idle(form_id, ordinal, session, change, rules)


def last_change(session: FormSession) -> int | None:
    """Where in the session its last changed field is, if it was begun at all."""
    changes = [place for place, fact in enumerate(session.events) if isinstance(fact.data, FieldChanged)]
    return changes[-1] if changes else None


def _left(
    contact: Contact, form_id: str, ordinal: int, session: FormSession, change: int, rules: Rules
) -> Iterator[Finding]:
    """Left, and then nothing more in any form of the contact."""
    for fact in session.events[change:]:
        if isinstance(fact.data, FormLeft):
            at_us = fact.at_us + rules.abandoned_form_left_us
            following = _after(contact.form_events, fact)
            if following is None or following.at_us > at_us:
                why = "left the page"
                yield _finding(form_id, ordinal, session, change, fact, at_us, why, following is None)


def _idle(form_id: str, ordinal: int, session: FormSession, change: int, rules: Rules) -> Iterator[Finding]:
    """Nothing more in this form."""
    since = session.events[change:]
    why = f"did nothing for {duration(rules.abandoned_form_idle_us)}"
    for fact, following in pairwise(since):
        at_us = fact.at_us + rules.abandoned_form_idle_us
        if following.at_us > at_us:
            yield _finding(form_id, ordinal, session, change, fact, at_us, why, waits=False)
    at_us = since[-1].at_us + rules.abandoned_form_idle_us
    yield _finding(form_id, ordinal, session, change, since[-1], at_us, why, waits=True)


def _after(facts: list[Fact], fact: Fact) -> Fact | None:
    following = facts.index(fact) + 1
    return facts[following] if following < len(facts) else None


def _finding(
    form_id: str,
    ordinal: int,
    session: FormSession,
    change: int,
    silence: Fact,
    at_us: int,
    why: str,
    waits: bool,
) -> Finding:
    field = _last_field(session, at_us)
    begun = session.events[change]
    evidence = (ref_of(begun),) if silence is begun else (ref_of(begun), ref_of(silence))
    return Finding(
        Kind.ABANDONED_FORM,
        ordinal,
        at_us,
        f"form:{form_id}#{field}" if field else f"form:{form_id}",
        evidence,
        f"The customer began the form {form_id}{f', came as far as {field},' if field else ''} and {why}.",
        waits,
    )


def _last_field(session: FormSession, at_us: int) -> str | None:
    """The latest field changed or failed by then."""
    return next(
        (
            fact.data.field
            for fact in reversed(session.events)
            if isinstance(fact.data, FieldChanged | FieldFailed) and fact.data.field and fact.at_us <= at_us
        ),
        None,
    )

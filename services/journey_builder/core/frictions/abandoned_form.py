"""`abandoned_form`: a form was begun, and then left or left idle, without being submitted.

Only a later change or submit cancels it, so what counts is what came after the last change.
"""

from collections.abc import Iterator
from itertools import zip_longest

from schemas.data.web_form import FormLeft
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.episodes import FormSession
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, (form_id, session) in enumerate(contact.forms.items()):
        if session.is_begun and not session.is_submitted:
            begun = contact.form_events[session.since[0]]
            for silence, at_us, why, waits in _silences(contact, session, rules.at(form=form_id)):
                yield _finding(form_id, ordinal, session, begun, silence, at_us, why, waits)


def _silences(contact: Contact, session: FormSession, rules: Rules) -> Iterator[tuple[Fact, int, str, bool]]:
    """After which event, until when, how in words, and whether the silence lasts."""
    events = contact.form_events
    for place in session.since:
        fact = events[place]
        if isinstance(fact.data, FormLeft):  # and then nothing more in any form of the contact
            at_us = fact.at_us + rules.abandoned_form_left_us
            lasts = place + 1 == len(events)
            if lasts or events[place + 1].at_us > at_us:
                yield fact, at_us, "left the page", lasts
    idle = f"did nothing for {duration(rules.abandoned_form_idle_us)}"
    for place, following in zip_longest(session.since, session.since[1:]):
        at_us = events[place].at_us + rules.abandoned_form_idle_us
        if following is None or events[following].at_us > at_us:
            yield events[place], at_us, idle, following is None


def _finding(
    form_id: str,
    ordinal: int,
    session: FormSession,
    begun: Fact,
    silence: Fact,
    at_us: int,
    why: str,
    waits: bool,
) -> Finding:
    field = _last_field(session, at_us)
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
    named = (fact for fact in reversed(session.fields) if fact.at_us <= at_us)
    return next((getattr(fact.data, "field", None) for fact in named), None)

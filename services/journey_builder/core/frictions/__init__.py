"""The kinds of friction, one small file each. To add a kind: its file, its test, its line below."""

from collections.abc import Callable, Iterator, Sequence

from schemas.contacts import Summary
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.frictions import (
    abandoned_call,
    abandoned_form,
    bot_bounce,
    channel_switch,
    form_errors,
    ivr_dead_end,
    ivr_loop,
    ivr_maze,
    long_hold,
    long_wait,
    low_score,
    negative_sentiment,
    reopened_ticket,
    repeat_authentication,
    repeated_transfer,
    slow_page,
    slow_response,
)
from services.journey_builder.core.rules import Rules, RulesOf

Detector = Callable[[Contact, Rules], Iterator[Finding]]
JourneyDetector = Callable[[Sequence[Summary], RulesOf], Iterator[tuple[Summary, Finding]]]

#: Kinds that one contact tells, each with what of the contact it looks at: none, no need to look.
DETECTORS: tuple[tuple[str, Detector], ...] = (
    ("waits", abandoned_call.find),
    ("waits", long_wait.find),
    ("holds", long_hold.find),
    ("unanswered", slow_response.find),
    ("said", negative_sentiment.find),
    ("nodes", ivr_loop.find),
    ("is_in_ivr", ivr_maze.find),
    ("dead_ends", ivr_dead_end.find),
    ("handovers", bot_bounce.find),
    ("forms", abandoned_form.find),
    ("forms", form_errors.find),
    ("pages", slow_page.find),
    ("surveys", low_score.find),
    ("reopenings", reopened_ticket.find),
)

#: Kinds that one journey tells, by the rules of its first contact. Those between contacts whatever their
#: journey are in `core.customer`.
JOURNEY_DETECTORS: tuple[JourneyDetector, ...] = (
    channel_switch.find,
    repeat_authentication.find,
    repeated_transfer.find,
)


def find_all(contact: Contact, rules: Rules) -> Iterator[Finding]:
    """`rules`: as they are for its channel and goal."""
    for subject, find in DETECTORS:
        if getattr(contact, subject):
            yield from find(contact, rules)

"""The kinds of friction, one small file each. To add a kind: its file, its test, its line below."""

from collections.abc import Callable, Iterator

from services.journey_builder.core.contact import Contact
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.frictions import (
    abandoned_call,
    abandoned_form,
    ivr_loop,
    ivr_maze,
    long_wait,
)
from services.journey_builder.core.rules import Rules

Detector = Callable[[Contact, Rules], Iterator[Finding]]

#: Kinds that one contact tells. Those between contacts are in `core.customer`.
DETECTORS: tuple[Detector, ...] = (
    abandoned_call.find,
    abandoned_form.find,
    ivr_loop.find,
    ivr_maze.find,
    long_wait.find,
)


def find_all(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for find in DETECTORS:
        yield from find(contact, rules)

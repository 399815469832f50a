"""What both oracles answer: frictions and counters, comparable with `==`."""

import hashlib
from typing import NamedTuple

KINDS = (
    "repeated_transfer",
    "abandoned_form",
    "form_errors",
    "slow_page",
    "ivr_loop",
    "ivr_maze",
    "ivr_dead_end",
    "false_containment",
    "long_wait",
    "abandoned_call",
    "long_hold",
    "slow_response",
    "bot_bounce",
    "channel_switch",
    "repeat_contact",
    "repeat_authentication",
    "negative_sentiment",
    "low_score",
    "reopened_ticket",
)


class Friction(NamedTuple):
    """One raised friction; `source` and `subject` name the contact it is anchored in."""

    kind: str
    source: str
    subject: str
    at_ms: int
    evidence: tuple[str, ...]
    touchpoint: str


class Episode(NamedTuple):
    """A friction and what names it; `ordinal`: which of the contact's possible episodes of its kind."""

    tenant: str
    ordinal: int
    friction: Friction

    @property
    def friction_id(self) -> str:
        kind, source, subject, *_ = self.friction
        name = "\x1f".join((self.tenant, kind, source, subject, str(self.ordinal)))
        return hashlib.sha256(name.encode()).hexdigest()[:32]


class Counters(NamedTuple):
    contacts: int
    customers_known: int
    short_abandons: int
    call_backs: int

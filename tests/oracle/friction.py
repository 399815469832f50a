"""What both oracles answer: frictions and counters, comparable with `==`."""

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


class Counters(NamedTuple):
    contacts: int
    customers_known: int
    short_abandons: int
    call_backs: int

"""A friction: one place where a customer was made to struggle, with its evidence. Topic `frictions`."""

from enum import StrEnum

from msgspec import Struct

from schemas.data import Contact


class Kind(StrEnum):
    """The kinds of friction."""

    ABANDONED_CALL = "abandoned_call"
    ABANDONED_FORM = "abandoned_form"
    BOT_BOUNCE = "bot_bounce"
    CHANNEL_SWITCH = "channel_switch"
    FALSE_CONTAINMENT = "false_containment"
    FORM_ERRORS = "form_errors"
    IVR_DEAD_END = "ivr_dead_end"
    IVR_LOOP = "ivr_loop"
    IVR_MAZE = "ivr_maze"
    LONG_HOLD = "long_hold"
    LONG_WAIT = "long_wait"
    LOW_SCORE = "low_score"
    NEGATIVE_SENTIMENT = "negative_sentiment"
    REOPENED_TICKET = "reopened_ticket"
    REPEAT_AUTHENTICATION = "repeat_authentication"
    REPEAT_CONTACT = "repeat_contact"
    REPEATED_TRANSFER = "repeated_transfer"
    SLOW_PAGE = "slow_page"
    SLOW_RESPONSE = "slow_response"


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


#: The lowest first.
SEVERITIES = tuple(Severity)


class State(StrEnum):
    RAISED = "raised"
    RETRACTED = "retracted"


class Retraction(StrEnum):
    #: Undone by an event later than the friction: he submitted after all.
    CANCELLED = "cancelled"
    #: Undone by what we learned late: it had never been so.
    CORRECTED = "corrected"


class Evidence(Struct, frozen=True, gc=False):
    """An event that made the condition true. `time`: RFC 3339, UTC, milliseconds."""

    event_id: str
    source: str
    type: str
    time: str


class Friction(Struct, frozen=True, kw_only=True, gc=False):
    """One record of topic `frictions`, key = `friction_id`; the last one of a key holds.

    The id is a hash of tenant, kind, anchoring contact and the ordinal of the possible episode in
    that contact, so it is the same whoever computes it, whenever. Times are RFC 3339, UTC. Readers
    join journey and customer by the contact.
    """

    friction_id: str
    tenant: str
    kind: Kind
    severity: Severity
    state: State
    retraction: Retraction | None
    contact: Contact
    touchpoint: str
    #: Start plus limit of a waiting kind; else the time of the event that completed the condition.
    at: str
    detected_at: str
    rule: str
    rule_version: int
    explanation: str
    evidence: tuple[Evidence, ...]
    #: Its source had fallen silent when it was found: perhaps the customer waits no longer.
    suspect: bool = False
    #: The replay run it was found in, if any.
    replay: str | None = None

"""A journey: one customer trying to do one thing. Topic `journeys`: heads, without their steps."""

from enum import StrEnum

from msgspec import Struct

from schemas.data import Contact


class JourneyState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    #: The id ceased to be: its contacts are now under `superseded_by`.
    SUPERSEDED = "superseded"


class Outcome(StrEnum):
    RESOLVED = "resolved"
    #: The last contact was given up, and nothing came after it.
    ABANDONED = "abandoned"
    #: The last contact said that it is not resolved, and nothing came after it.
    UNRESOLVED = "unresolved"
    #: Silence, and nobody said how it ended.
    EXPIRED = "expired"


class EffortPart(Struct, frozen=True, gc=False):
    """`count`: what was counted (of waits, seconds); `points`: what it adds to the score."""

    count: float
    points: float
    explanation: str


class Effort(Struct, frozen=True, gc=False):
    """What a journey has cost the customer. `score`: the sum of the points of its parts."""

    score: float
    parts: dict[str, EffortPart]


class Journey(Struct, frozen=True, kw_only=True, gc=False):
    """One record of topic `journeys`, key = `journey_id`; the last one of a key holds.

    The id is a hash of the journey's earliest contact. Times are RFC 3339, UTC.
    """

    journey_id: str
    tenant: str
    customer_key: str
    state: JourneyState
    superseded_by: str | None = None
    goal: str | None = None
    outcome: Outcome | None = None
    opened_at: str
    closed_at: str | None = None
    last_event_at: str
    channels: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    effort: Effort | None = None
    truncated: bool = False
    revision: int

"""An incident: the frictions of one kind at one touchpoint, while they last. Topic `incidents`."""

from enum import StrEnum

from msgspec import Struct

from schemas.frictions import Kind, Severity


class IncidentState(StrEnum):
    OPEN = "open"
    #: Somebody has seen it; it lasts, and keeps quiet.
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Closure(StrEnum):
    """How an incident came to its end."""

    #: A person said so.
    RESOLVED = "resolved"
    #: Nothing more happened for the quiet period.
    SILENCE = "silence"
    #: Every one of its frictions was retracted.
    RETRACTED = "retracted"


class Incident(Struct, frozen=True, kw_only=True):
    """One record of topic `incidents`, key = `incident_id`; the greatest `revision` of a key holds.

    Times are RFC 3339, UTC, milliseconds.
    """

    incident_id: str
    tenant: str
    kind: Kind
    touchpoint: str
    state: IncidentState
    closed_as: Closure | None = None
    #: The highest of its frictions.
    severity: Severity
    #: In plain words, e.g. `Long wait at queue billing, 3 times`.
    title: str
    #: What the newest of its frictions says.
    explanation: str
    #: How many of its frictions stand; retracted ones are not counted.
    frictions: int
    #: When its first friction was detected, and its newest.
    opened_at: str
    last_friction_at: str
    closed_at: str | None = None
    acknowledged_at: str | None = None
    acknowledged_by: str | None = None
    #: How often a person has asked for more help.
    escalations: int = 0
    #: False once a person has said that it did not help.
    is_useful: bool | None = None
    revision: int = 1

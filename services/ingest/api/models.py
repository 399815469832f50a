"""What the door's calls take and answer, for people who read /docs."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from services.ingest.core.problems import EVENTS_MAX
from services.ingest.core.progress import RunState
from services.ingest.core.tracing import State


class ProblemDetails(BaseModel):
    """RFC 9457, with a `code` for programs and a `hint` for people."""

    type: str = Field(examples=["urn:journeyline:problem:schema"])
    title: str = Field(examples=["The event breaks the schema"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Object missing required field `time` - at `$`"])
    code: str = Field(examples=["schema"])
    hint: str = Field(examples=["Correct the event and send it again."])


class QuarantinedEvent(BaseModel):
    index: int = Field(description="Place in the request, from 0.")
    reason: str = Field(examples=["unknown_channel"])
    detail: str


class Accepted(BaseModel):
    """accepted + duplicate + quarantined = sent."""

    accepted: int = Field(description="Acknowledged by all in-sync replicas.", examples=[2])
    duplicate: int = Field(description="The very same event came earlier in this request.", examples=[0])
    quarantined: list[QuarantinedEvent]


class Origin(BaseModel):
    topic: str
    partition: int
    offset: int


class QuarantineItem(BaseModel):
    id: str
    reason: str
    detail: str
    received_at: str = Field(examples=["2026-11-21T10:00:00.123Z"])
    tenant: str | None
    origin: Origin | None = Field(description="The record it was, if it did not come through this door.")
    original: str
    original_encoding: Literal["utf-8", "base64"]
    original_bytes: int
    original_sha256: str
    original_is_whole: bool = Field(description="False where only the first 64 KiB were kept.")
    content_type: str
    platform: str | None = Field(description="The connection a platform's own payload came by.")
    kind: str | None = Field(description="What the platform calls it.")


class QuarantineList(BaseModel):
    items: list[QuarantineItem]
    next_cursor: str | None
    total: int
    total_is: Literal["exact", "at_least"]


class ReplayRequest(BaseModel):
    """Which quarantined events to send again, and what to send instead of their originals."""

    ids: list[str] = Field(min_length=1, max_length=EVENTS_MAX)
    events: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="By id: the repaired event, sent instead of the original."
    )


class Replayed(Accepted):
    """`index` counts in the events sent: in the order of `ids`, of a platform's payload perhaps several."""

    missing: list[str] = Field(description="Unknown, expired, or too large to have been kept whole.")


class ContactName(BaseModel):
    source: str
    subject: str


class BecameOf(BaseModel):
    state: State
    is_late: bool = Field(description="It came over 24 hours behind the newest event of its contact.")
    tenant: str | None
    received_at: str
    topic: str
    partition: int
    offset: int
    contact: ContactName | None = Field(description="What it belongs to.")
    type: str | None
    time: str | None
    reason: str | None = Field(description="Why it was quarantined.")
    detail: str | None
    quarantine_id: str | None


class EventTrace(BaseModel):
    source: str
    id: str
    state: State
    became: list[BecameOf]
    since: str
    is_complete: bool


class SourceError(BaseModel):
    at: str
    reason: str
    detail: str


class SourceStanding(BaseModel):
    tenant: str
    source: str
    since: str
    last_seen: str | None
    accepted: int
    per_minute: float
    usual_per_minute: float | None = Field(description="Null while it is too early to say.")
    errors: dict[str, int] = Field(description="Refused and quarantined events by reason.")
    last_error: SourceError | None


class SourceList(BaseModel):
    items: list[SourceStanding]
    next_cursor: None
    total: int
    total_is: Literal["exact"]
    process: str = Field(description="Host and port of the process that answers, of its own events alone.")


class RunEnded(BaseModel):
    run: str
    ended: Literal[True] = True


class RunProgress(BaseModel):
    run: str
    accepted: int
    folded: int
    deadlines_open: int
    projected: int
    state: RunState


class Health(BaseModel):
    status: Literal["ok"] = "ok"

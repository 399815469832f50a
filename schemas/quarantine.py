"""What could not be accepted, kept with its reason. Topic `events.quarantined`."""

from msgspec import Struct

from schemas.personal import PersonalText

#: Of a larger original only so much is kept, with its hash and length.
ORIGINAL_BYTES_MAX = 64 * 1024


class Origin(Struct, frozen=True):
    """The record it was, if it came straight from a topic."""

    topic: str
    partition: int
    offset: int


class Quarantined(Struct, frozen=True, kw_only=True):
    """One refused event. `id` is the same however often it is written, so readers upsert by it."""

    id: str
    reason: str
    detail: str
    received_at: str
    tenant: str | None = None
    origin: Origin | None = None
    #: The original, base64: whole up to 64 KiB, else its first 64 KiB.
    original: PersonalText
    original_bytes: int
    original_sha256: str
    content_type: str = "application/json"
    #: Of a platform's own payload: the connection it came by, and what the platform calls it.
    platform: str | None = None
    kind: str | None = None

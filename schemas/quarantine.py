"""What could not be accepted, kept with its reason. Topic `events.quarantined`."""

from msgspec import Struct

from schemas.personal import PersonalText

#: Of a larger original only so much is kept, with its hash and length. It is over twice the largest event,
#: and in base64, with all the rest, still fits into a record.
ORIGINAL_BYTES_MAX = 640 * 1024
#: Characters of what was found wrong, and of what a platform calls it: both may quote the original.
DETAIL_MAX = 2_000
KIND_MAX = 200


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
    #: The original, base64: whole up to 640 KiB, else so much of it.
    original: PersonalText
    original_bytes: int
    original_sha256: str
    content_type: str = "application/json"
    #: Of a platform's own payload: the connection it came by, and what the platform calls it.
    platform: str | None = None
    kind: str | None = None

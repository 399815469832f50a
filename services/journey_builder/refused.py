"""A record that is no event, as it goes to quarantine: once, whole or its beginning, with its origin."""

from base64 import b64encode
from hashlib import sha256

from schemas.codec import InvalidEvent
from schemas.quarantine import DETAIL_MAX, ORIGINAL_BYTES_MAX, Origin, Quarantined
from schemas.times import rfc3339
from services.stream.stage import Record


def quarantined(record: Record, error: InvalidEvent) -> Quarantined:
    """The entry of a record; its id is the record's place, so writing it again changes nothing."""
    original = record.value or b""
    return Quarantined(
        id=f"{record.topic}-{record.partition}-{record.offset}",
        reason=error.reason,
        detail=error.detail[:DETAIL_MAX],
        received_at=rfc3339(record.timestamp * 1000),
        origin=Origin(record.topic, record.partition, record.offset),
        original=b64encode(original[:ORIGINAL_BYTES_MAX]).decode(),
        original_bytes=len(original),
        original_sha256=sha256(original).hexdigest(),
    )

"""A record that is no event, as it goes to quarantine: once, whole or its beginning, with its origin."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

import msgspec

from schemas.codec import InvalidEvent, Reason
from schemas.quarantine import DETAIL_MAX, ORIGINAL_BYTES_MAX, Origin, Quarantined
from schemas.times import rfc3339
from schemas.topics import QUARANTINED as QUARANTINE
from services.journey_builder.metrics import QUARANTINED
from services.stream.position import Record
from services.stream.stage import Partition

T = TypeVar("T")


def read_own(partition: Partition, record: Record, decode: Callable[[bytes], T]) -> T | None:
    """What one of our own topics holds; None where it is somebody else's record, which is quarantined.

    Anybody who may write there can do so by mistake: it must not end the worker, now and at each start.
    """
    try:
        return decode(record.value or b"")
    except msgspec.MsgspecError as error:
        refuse(
            partition, record, InvalidEvent(Reason.SCHEMA, f"no record of ours in {record.topic}: {error}")
        )
        return None


def refuse(partition: Partition, record: Record, error: InvalidEvent) -> None:
    """Counts it, and keeps it in quarantine."""
    QUARANTINED.labels(error.reason.value).inc()
    entry = quarantined(record, error)
    partition.send(QUARANTINE.name, 0, entry.id.encode(), msgspec.json.encode(entry))


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

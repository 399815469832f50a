"""The envelope in which Amazon EventBridge delivers events of AWS and of its partners."""

from typing import Any

from msgspec import Struct

from services.ingest.core.platforms.context import object_of


class Envelope(Struct, frozen=True):
    id: str
    source: str
    kind: str
    time: Any
    detail: dict[str, Any]


def opened(payload: dict[str, Any]) -> Envelope | None:
    """None where the payload is no envelope: then it is the detail alone."""
    if "detail-type" not in payload or not isinstance(payload.get("detail"), dict):
        return None
    return Envelope(
        id=str(payload.get("id", "")),
        source=str(payload.get("source", "")),
        kind=str(payload["detail-type"]),
        time=payload.get("time"),
        detail=object_of(payload["detail"]),
    )

"""A bad event as its record in `events.quarantined`, and back."""

import base64
from hashlib import sha256
from typing import Any

import orjson

from schemas.codec import DEFAULT_TENANT, NAME_MAX, InvalidEvent, load_json
from schemas.quarantine import DETAIL_MAX, KIND_MAX, ORIGINAL_BYTES_MAX, Quarantined
from schemas.times import rfc3339
from services.ingest.core.judging import Bad

SEPARATOR = b"\x1f"


def to_quarantined(bad: Bad, received_ms: int, owner: str | None = None) -> Quarantined:
    """`owner`: the tenant of whoever sent it, where his key says so."""
    tenant = bad.tenant or owner or tenant_of(bad.original)
    return Quarantined(
        id=quarantine_id(tenant, bad.original),
        reason=bad.reason,
        detail=bad.detail[:DETAIL_MAX],
        received_at=rfc3339(received_ms * 1000),
        tenant=tenant,
        original=base64.b64encode(bad.original[:ORIGINAL_BYTES_MAX]).decode(),
        original_bytes=len(bad.original),
        original_sha256=sha256(bad.original).hexdigest(),
        content_type=bad.content_type,
        platform=bad.platform,
        kind=None if bad.kind is None else bad.kind[:KIND_MAX],
    )


def quarantine_id(tenant: str, original: bytes) -> str:
    """The same bytes have the same id, so that a client's retry does not double them."""
    return sha256(tenant.encode() + SEPARATOR + original).hexdigest()[:32]


def tenant_of(original: bytes) -> str:
    """Whose it says it is, if so much can be read."""
    try:
        document = load_json(original)
    except InvalidEvent:
        return DEFAULT_TENANT
    tenant = document.get("tenant") if isinstance(document, dict) else None
    return tenant if isinstance(tenant, str) and 0 < len(tenant) <= NAME_MAX else DEFAULT_TENANT


def document_of(kept: Quarantined) -> dict[str, Any]:
    """The original as the JSON object it is, or an empty one."""
    try:
        document = orjson.loads(original_of(kept) or b"")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def original_of(kept: Quarantined) -> bytes | None:
    """The event as it was sent; None where only its beginning was kept."""
    original = base64.b64decode(kept.original)
    return original if len(original) == kept.original_bytes else None


def shown(kept: Quarantined) -> dict[str, Any]:
    """For people: the original as text where it is UTF-8."""
    original = base64.b64decode(kept.original)
    try:
        text, encoding = original.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = kept.original, "base64"
    return {
        "id": kept.id,
        "reason": kept.reason,
        "detail": kept.detail,
        "received_at": kept.received_at,
        "tenant": kept.tenant,
        "origin": kept.origin,
        "original": text,
        "original_encoding": encoding,
        "original_bytes": kept.original_bytes,
        "original_sha256": kept.original_sha256,
        "original_is_whole": len(original) == kept.original_bytes,
        "content_type": kept.content_type,
        "platform": kept.platform,
        "kind": kept.kind,
    }

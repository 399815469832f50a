"""Events in our own language, signed as Standard Webhooks demands."""

from typing import Any

from schemas.codec import DEFAULT_TENANT
from services.ingest.core.platforms.context import Context, Event, SetAside, object_of
from services.ingest.core.platforms.platform import Answer, Platform
from services.ingest.core.signatures import check_standard


def translate(payload: Any, context: Context) -> list[Event]:
    if "specversion" not in (event := object_of(payload)):
        raise SetAside(str(event.get("type", "unknown")), "no CloudEvent; a `mapping` can make some of it")
    tenant = context.connection.tenant
    # The connection's tenant beats what the event says of itself.
    return [event if tenant == DEFAULT_TENANT and "tenant" not in event else event | {"tenant": tenant}]


STANDARD = Platform(name="standard", check=check_standard, translate=translate, answer=Answer(202, b"{}"))

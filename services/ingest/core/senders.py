"""Who sends, as far as it decides what becomes of the events: whose they are, and what a page may say."""

from typing import Any

from msgspec import Struct

from schemas.codec import DEFAULT_TENANT
from services.ingest.core.problems import Code, Refusal

PAGE_TYPES = "web_form."
#: Sources of pages, so that a page cannot speak for a platform's contacts.
PAGE_SOURCE = "web:"
#: A page can be made to say anything: what links customers comes from servers.
PAGE_IDENTIFIERS = frozenset({"visitor_id", "device_id"})


class Sender(Struct, frozen=True):
    """`tenant`: of all its events, whatever they say. `is_public`: a page with a publishable key."""

    tenant: str | None = None
    is_public: bool = False


ANYBODY = Sender()


def claim(document: dict[str, Any], sender: Sender) -> bool:
    """Makes the event its sender's tenant's; whether that changed it."""
    tenant = sender.tenant
    if tenant is None or document.get("tenant", DEFAULT_TENANT) == tenant:
        return False
    document["tenant"] = tenant
    return True


def check_public(document: Any, index: int, events: int) -> None:
    """Refuses what a publishable key is not for. Of an event that will be quarantined, too: somebody with
    another key may send it again."""
    if not isinstance(document, dict):
        return
    data = document.get("data")
    data = data if isinstance(data, dict) else {}
    identifiers = data.get("identifiers")
    if not str(document.get("type")).startswith(PAGE_TYPES):
        fault = f"{document.get('type')} is no event of a page"
    elif not str(document.get("source")).startswith(PAGE_SOURCE):
        fault = f"the `source` of a page begins with {PAGE_SOURCE!r}"
    elif data.get("about") is not None or document.get("replay") is not None:
        fault = "a page may not send `about` or `replay`"
    elif isinstance(identifiers, dict) and set(identifiers) - PAGE_IDENTIFIERS:
        fault = f"a page may name its visitor by {', '.join(sorted(PAGE_IDENTIFIERS))} alone"
    else:
        return
    raise Refusal(Code.FORBIDDEN, f"event {index}: {fault}", events=events)

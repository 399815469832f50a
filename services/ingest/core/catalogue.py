"""Which quarantined events there are: a bounded catalogue of where each stands in the topic."""

from collections.abc import Callable
from itertools import islice

from msgspec import Struct

from schemas.codec import NAME_MAX
from schemas.quarantine import Quarantined
from services.ingest.core.keeping import document_of

ENTRIES_MAX = 100_000


#: So much of the detail is searched.
DETAIL_MAX = 200


class Entry(Struct, frozen=True):
    """One quarantined event without its original."""

    id: str
    reason: str
    received_at: str
    platform: str | None = None
    tenant: str | None = None
    source: str | None = None
    detail: str = ""


def entry_of(kept: Quarantined) -> Entry:
    document = document_of(kept)
    source = document.get("source")
    return Entry(
        id=kept.id,
        reason=kept.reason,
        received_at=kept.received_at,
        platform=kept.platform,
        tenant=kept.tenant,
        source=source if isinstance(source, str) and len(source) <= NAME_MAX else None,
        detail=kept.detail[:DETAIL_MAX],
    )


class Page(Struct, frozen=True):
    offsets: list[int]
    next_cursor: int | None
    total: int
    is_exact: bool


class Catalogue:
    """The newest entries by id; a repeated one counts once, where it stands last."""

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._places: dict[str, int] = {}
        self._entries: dict[int, Entry] = {}
        self._is_whole = True

    def add(self, entry: Entry, offset: int) -> None:
        earlier = self._places.pop(entry.id, None)
        if earlier is not None:
            del self._entries[earlier]
        self._places[entry.id] = offset
        self._entries[offset] = entry
        if len(self._entries) > self._entries_max:
            oldest = next(iter(self._entries))
            del self._places[self._entries.pop(oldest).id]
            self._is_whole = False

    def offset_of(self, entry_id: str) -> int | None:
        return self._places.get(entry_id)

    def page(self, fits: Callable[[Entry], bool], limit: int, before: int | None) -> Page:
        """The newest `limit` entries that fit and stand before the offset `before`."""
        fitting = [offset for offset, entry in reversed(self._entries.items()) if fits(entry)]
        behind = (offset for offset in fitting if before is None or offset < before)
        offsets = list(islice(behind, limit + 1))
        next_cursor = offsets[limit - 1] if len(offsets) > limit else None
        return Page(offsets[:limit], next_cursor, len(fitting), self._is_whole)


class Filter(Struct, frozen=True):
    """Times as `schemas.times.rfc3339` writes them, which order as text. `text`: in the detail."""

    reason: str | None = None
    platform: str | None = None
    tenant: str | None = None
    source: str | None = None
    text: str | None = None
    since: str | None = None
    until: str | None = None

    def fits(self, entry: Entry) -> bool:
        return (
            self.reason in (None, entry.reason)
            and (self.platform is None or _is_of(entry, self.platform))
            and self.tenant in (None, entry.tenant)
            and self.source in (None, entry.source)
            and (self.text is None or self.text.lower() in entry.detail.lower())
            and (self.since is None or entry.received_at >= self.since)
            and (self.until is None or entry.received_at < self.until)
        )


def _is_of(entry: Entry, platform: str) -> bool:
    """`twilio` is every connection of Twilio's, `twilio/main` the one of this name."""
    return entry.platform is not None and f"{entry.platform}/".startswith(f"{platform}/")

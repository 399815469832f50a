"""Which quarantined events there are: a bounded catalogue of where each stands in the topic."""

from collections.abc import Callable
from itertools import islice

from msgspec import Struct

ENTRIES_MAX = 100_000


class Entry(Struct, frozen=True):
    """One quarantined event without its original; decoded from the record itself."""

    id: str
    reason: str
    received_at: str
    platform: str | None = None


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


def matching(
    reason: str | None, since: str | None, until: str | None, platform: str | None = None
) -> Callable[[Entry], bool]:
    """A filter; times as `schemas.times.rfc3339` writes them, which order as text."""

    def fits(entry: Entry) -> bool:
        return (
            (reason is None or entry.reason == reason)
            and (platform is None or _is_of(entry, platform))
            and (since is None or entry.received_at >= since)
            and (until is None or entry.received_at < until)
        )

    return fits


def _is_of(entry: Entry, platform: str) -> bool:
    """`twilio` is every connection of Twilio's, `twilio/main` the one of this name."""
    return entry.platform is not None and f"{entry.platform}/".startswith(f"{platform}/")

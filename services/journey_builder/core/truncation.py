"""A bound on customers that are none: a robot's address, a shop's own number."""

from schemas.contacts import Summary
from services.journey_builder.core.frictions.repeat_contact import started_us
from services.journey_builder.core.ownership import Entry

#: Over so many events of one customer his oldest contacts are dropped, some at a time.
EVENTS_MAX = 20_000
EVENTS_KEPT = 18_000


def truncate(entries: dict[bytes, Entry], changed: set[bytes]) -> bool:
    """Drops the contacts that began first, and names them among the changed, if there is too much."""
    own = [summary for entry in entries.values() if (summary := entry.summary) is not None]
    if sum(summary.events for summary in own) <= EVENTS_MAX:
        return False
    kept = 0
    newest_first: list[Summary] = sorted(own, key=started_us, reverse=True)
    for place, summary in enumerate(newest_first):
        kept += summary.events
        if kept > EVENTS_KEPT and place > 0:
            del entries[summary.contact_key]
            changed.add(summary.contact_key)
    return True

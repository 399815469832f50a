"""Whose contact is whose, naively, from the events alone: a shared identifier makes one customer."""

from collections import defaultdict
from collections.abc import Iterable

from tests.oracle.contact import Customer
from tests.oracle.event import ContactKey, Raw, standing

Name = tuple[str, str]


def customers(events: Iterable[Raw]) -> dict[ContactKey, Customer]:
    """What the oracle takes as given; good where no identifier is shared by two people."""
    brought: defaultdict[ContactKey, list[Name]] = defaultdict(list)
    for event in standing(events):
        key = event.contact or ContactKey(event.tenant, event.source, event.id)
        brought[key] += (event.data.get("identifiers") or {}).items()
    together: defaultdict[Name, set[Name]] = defaultdict(set)
    for names in brought.values():
        for name in names:
            together[name] |= set(names)
    head = _heads(together)
    return {key: (key.tenant, *head[names[0]]) for key, names in brought.items() if names}


def _heads(together: dict[Name, set[Name]]) -> dict[Name, Name]:
    """Every name -> the first of all that can be reached from it."""
    head: dict[Name, Name] = {}
    for first in sorted(together):
        reached = [] if first in head else [first]
        for name in reached:
            if name not in head:
                head[name] = first
                reached += together[name]
    return head

"""The oracle of identity: whose contact is whose, from all events at once.

Nothing is kept up to date here: identifiers are taken type by type, strongest first, customers are
plain sets, and what is apart is searched for again after every step.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from .contact import IDENTIFIERS, Customer, identifiers
from .event import ContactKey, Event, Raw, standing

LIMITS = {"email": 3, "phone": 5, "visitor_id": 5, "device_id": 5}

#: A type's place and a value.
Id = tuple[int, str]
Pair = frozenset[Id]
Named = frozenset[Id]


class World(NamedTuple):
    """Of one tenant: what was named together, and what is apart."""

    groups: list[Named]
    said: list[tuple[Id, Id]]
    apart: set[Pair]
    limits: dict[str, int]


def customers(events: Iterable[Raw], limits: dict[str, int] = LIMITS) -> dict[ContactKey, Customer]:
    """Of every contact and of every lone customer event, as (tenant, type, value) or its own customer."""
    brought = _by_contact(standing(events))
    found: dict[ContactKey, Customer] = {}
    for tenant in {key.tenant for key in brought}:
        mine = {key: own for key, own in brought.items() if key.tenant == tenant}
        heads = heads_of(world(mine, limits))
        for key, own in mine.items():
            owners = [heads[name] for name in _last_first(own) if heads.get(name) is not None]
            found[key] = (tenant, "contact", key.source, key.subject)
            if owners and owners[0] is not None:
                found[key] = (tenant, IDENTIFIERS[owners[0][0]], owners[0][1])
    return found


def attributes(
    events: Iterable[Raw], owners: dict[ContactKey, Customer]
) -> dict[Customer, dict[str, str | bool]]:
    """What was said last of each customer of whom anything was said."""
    found: defaultdict[Customer, dict[str, str | bool]] = defaultdict(dict)
    every = [(event, key) for key, own in _by_contact(standing(events)).items() for event in own]
    for event, key in sorted(every, key=lambda pair: pair[0].order):
        if event.type == "customer.updated":
            for name in ("segment", "persona", "vip", "language", "market"):
                if event.data.get(name) is not None:
                    found[owners[key]][name] = event.data[name]
    return dict(found)


def world(brought: dict[ContactKey, list[Event]], limits: dict[str, int]) -> World:
    groups = [frozenset(_last_first(own)) for own in brought.values()]
    latest: dict[Pair, tuple[Event, bool]] = {}
    every = sorted((event for own in brought.values() for event in own), key=lambda event: event.order)
    for event in every:
        if event.type in ("customer.identified", "customer.separated"):
            names = _names(event)
            if event.type == "customer.identified":
                groups.append(frozenset(names))
            for one, other in combinations(sorted(set(names)), 2):
                latest[frozenset((one, other))] = (event, event.type == "customer.separated")
    apart = {pair for pair, (_, is_apart) in latest.items() if is_apart}
    ids = [pair for pair in latest if pair not in apart and all(place == 0 for place, _ in pair)]
    ids.sort(key=lambda pair: (latest[pair][0].order, sorted(pair)))
    return World(groups, [(min(pair), max(pair)) for pair in ids], apart, limits)


def heads_of(world: World) -> dict[Id, Id | None]:
    """Every identifier -> the strongest of its customer, of equals the smallest; None: it links nobody."""
    sets, nobody = _merged(world), _limited(world)
    groups = [part for group in world.groups for part in _parted(group, _widened(world.apart, sets))]
    for place in range(1, len(IDENTIFIERS)):
        layer = {name for group in groups for name in group if name[0] == place} - nobody
        looks = {name: _seen(name, groups, nobody, weaker=False) for name in layer}
        _join({name: seen for name, seen in looks.items() if seen}, sets, nobody, world.apart)
        peers = {name: _seen(name, groups, nobody, weaker=True) for name in layer if not looks[name]}
        _join(peers, sets, nobody, world.apart)
    heads: dict[Id, Id | None] = {name: min(one) for name, one in sets.items()}
    return heads | dict.fromkeys(nobody)


Sets = dict[Id, set[Id]]


def _merged(world: World) -> Sets:
    sets: Sets = {name: {name} for group in world.groups for name in group if name[0] == 0}
    for one, other in world.said:
        both = _set(one, sets) | _set(other, sets)
        if not any(pair <= both for pair in world.apart):
            sets.update(dict.fromkeys(both, both))
    return sets


def _limited(world: World) -> set[Id]:
    stronger: defaultdict[Id, set[Id]] = defaultdict(set)
    for group in world.groups:
        for one in group:
            for other in group:
                if other[0] < one[0] and frozenset((one, other)) not in world.apart:
                    stronger[one].add(other)
    return {name for name, all_of_them in stronger.items() if len(all_of_them) > _limit(name, world.limits)}


def _limit(name: Id, limits: dict[str, int]) -> float:
    return limits.get(IDENTIFIERS[name[0]], float("inf"))


def _widened(apart: set[Pair], sets: Sets) -> set[Pair]:
    """What is apart from a customer_id is apart from all that are one with it."""
    return {
        frozenset((mine, his))
        for one, other in map(tuple, apart)
        for mine in (sets.get(one, {one}))
        for his in (sets.get(other, {other}))
    }


def _parted(group: Iterable[Id], apart: set[Pair]) -> list[list[Id]]:
    """Who is apart from a stronger one leaves, and those who leave are a group again."""
    kept: list[Id] = []
    left: list[Id] = []
    for name in sorted(group):
        stronger = [one for one in kept if one[0] < name[0]]
        (left if any(frozenset((name, one)) in apart for one in stronger) else kept).append(name)
    return [kept, *_parted(left, apart)] if left else [kept]


def _seen(name: Id, groups: list[list[Id]], nobody: set[Id], weaker: bool) -> set[Id]:
    """Those it was named with that are stronger, or (`weaker`) of its own type."""
    together = {one for group in groups if name in group for one in group if one != name}
    return {one for one in together - nobody if (one[0] == name[0] if weaker else one[0] < name[0])}


def _join(steps: dict[Id, set[Id]], sets: Sets, nobody: set[Id], apart: set[Pair]) -> None:
    edges = {(name, min(_set(one, sets))) for name, seen in steps.items() for one in seen}
    new = set(steps)
    out = {name for name in new if len(_ids(one for mine, one in edges if mine == name)) > 1}
    edges, new = _without(edges, out), new - out
    nobody |= out
    weak = {edge for edge in edges if edge[1][0] != 0}
    out = {
        name for name in new
        if len(_ids(one for mine, one in edges if mine in _reach(name, weak))) > 1
    }  # fmt: skip
    edges, new = _without(edges, out), new - out
    nobody |= out
    while True:
        out, cut = _between(edges, new, sets, apart)
        if not cut:
            break
        edges = {edge for edge in _without(edges, out) if frozenset(edge) not in cut}
        new -= out
        nobody |= out
    for name in new:
        _set(name, sets)
    for name, one in edges:
        both = _set(name, sets) | _set(one, sets)
        sets.update(dict.fromkeys(both, both))


def _between(
    edges: set[tuple[Id, Id]], new: set[Id], sets: Sets, apart: set[Pair]
) -> tuple[set[Id], set[Pair]]:
    """The new ones on a shortest way between two that are apart, and the steps at its ends."""
    out: set[Id] = set()
    cut: set[Pair] = set()
    for one, other in map(tuple, apart):
        start, end = min(_set(one, sets, add=False)), min(_set(other, sets, add=False))
        for way in _shortest(edges, start, end):
            out |= set(way[1:-1]) & new
            cut |= {frozenset(way[:2]), frozenset(way[-2:])}
    return out, cut


def _shortest(edges: set[tuple[Id, Id]], start: Id, end: Id) -> list[list[Id]]:
    """All the shortest ways."""
    ways, seen = [[start]], {start}
    while ways and start != end:
        if arrived := [way for way in ways if way[-1] == end]:
            return arrived
        ways = [[*way, one] for way in ways for one in _next(way[-1], edges) if one not in seen]
        seen |= {way[-1] for way in ways}
    return []


def _next(name: Id, edges: set[tuple[Id, Id]]) -> set[Id]:
    return {b for a, b in edges if a == name} | {a for a, b in edges if b == name}


def _reach(name: Id, edges: set[tuple[Id, Id]]) -> set[Id]:
    reached, before = {name}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {one for mine in reached for one in _next(mine, edges)}
    return reached


def _without(edges: set[tuple[Id, Id]], out: set[Id]) -> set[tuple[Id, Id]]:
    return {edge for edge in edges if not out.intersection(edge)}


def _ids(names: Iterable[Id]) -> set[Id]:
    return {name for name in names if name[0] == 0}


def _set(name: Id, sets: Sets, add: bool = True) -> set[Id]:
    return sets.setdefault(name, {name}) if add else sets.get(name, {name})


def _by_contact(events: list[Event]) -> dict[ContactKey, list[Event]]:
    """What is about no contact is by itself."""
    brought: defaultdict[ContactKey, list[Event]] = defaultdict(list)
    for event in events:
        alone = ContactKey(event.tenant, event.source, f"{event.channel}:{event.id}")
        brought[event.contact or alone].append(event)
    return dict(brought)


def _names(event: Event) -> list[Id]:
    plain = event._replace(type="customer.identified")
    return [(place, value) for place, kind in enumerate(IDENTIFIERS) for value in identifiers(plain, kind)]


def _last_first(events: list[Event]) -> list[Id]:
    """What a contact names: strongest first, of one type the last one first; of customer_ids that alone."""
    named: dict[Id, None] = {}
    for event in events:
        if event.type != "customer.separated":
            for name in _names(event):
                named.pop(name, None)
                named[name] = None
    ids = [name for name in named if name[0] == 0]
    return sorted((name for name in reversed(named) if name not in ids[:-1]), key=lambda name: name[0])

"""The journey map: channels as nodes, the ways that customers took between them as edges."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, to_builtins

from schemas.times import SECOND_US

START = "start"


class Steps(NamedTuple):
    """Contacts alike: on a channel, after one on `before` (None: the first of its journey).

    `end`: of the last ones of their journeys, how these stand. `gap_us`: since those before, summed.
    """

    before: str | None
    channel: str
    end: str | None
    number: int
    gap_us: int


class Node(Struct, kw_only=True):
    """`kind`: `start`, `channel` or `outcome` (`open`: it goes on). `frictions`: raised there, by kind."""

    id: str
    kind: str
    name: str
    contacts: int = 0
    frictions: dict[str, int] = {}


class Edge(Struct, kw_only=True):
    """`mean_gap_seconds`: from the end of the one contact to the start of the other; overlaps count as 0."""

    source: str
    target: str
    times: int
    mean_gap_seconds: float | None


def journey_map(steps: Iterable[Steps], frictions: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """`frictions`: by channel and kind. The ways that were gone most come first."""
    contacts: Counter[str] = Counter()
    times: Counter[tuple[str, str]] = Counter()
    gaps_us: defaultdict[tuple[str, str], int] = defaultdict(int)
    ended = 0
    for one in steps:
        contacts[one.channel] += one.number
        here = _channel(one.channel)
        way = (START if one.before is None else _channel(one.before), here)
        times[way] += one.number
        gaps_us[way] += one.gap_us
        if one.end is not None:
            times[here, f"outcome:{one.end}"] += one.number
            ended += one.number
    edges = [_edge(way, number, gaps_us.get(way)) for way, number in _most_first(times)]
    names = dict.fromkeys([end for edge in edges for end in (edge.source, edge.target)])
    nodes = [_node(name, contacts, frictions) for name in names]
    return {
        "journeys": ended,
        "contacts": contacts.total(),
        "nodes": to_builtins(nodes),
        "edges": to_builtins(edges),
    }


def _channel(name: str) -> str:
    return f"channel:{name}"


def _most_first(counted: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _edge(way: tuple[str, str], times: int, gap_us: int | None) -> Edge:
    source, target = way
    gap = None if gap_us is None or source == START else round(gap_us / times / SECOND_US, 3)
    return Edge(source=source, target=target, times=times, mean_gap_seconds=gap)


def _node(name: str, contacts: Mapping[str, int], frictions: Mapping[str, Mapping[str, int]]) -> Node:
    kind, _, rest = name.partition(":")
    if kind != "channel":
        return Node(id=name, kind=kind, name=rest or name)
    return Node(
        id=name,
        kind=kind,
        name=rest,
        contacts=contacts[rest],
        frictions=dict(_most_first(frictions.get(rest, {}))),
    )

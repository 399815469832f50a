"""What is said to be apart, among identifiers that were named together."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.unions import Pair, pair

Graph = Mapping[Name, Collection[Name]]


def parts(group: Iterable[Name], apart: Collection[Pair]) -> Iterator[list[Name]]:
    """What a group that was named together holds together: who is apart from a stronger one leaves it.

    Those that leave still were named together, so they are a group of their own.
    """
    left = sorted(group)
    if not apart:
        yield left
        return
    while left:
        kept: list[Name] = []
        cut: list[Name] = []
        for name in left:
            is_cut = any(one[0] < name[0] and pair(one, name) in apart for one in kept)
            (cut if is_cut else kept).append(name)
        yield kept
        left = cut


def between(graph: Graph, one: Name, other: Name) -> tuple[set[Name], set[Pair]]:
    """The names on the shortest ways from one to the other, and the first and last steps of these."""
    near, far = _distances(graph, one), _distances(graph, other)
    if other not in near:
        return set(), set()
    length = near[other]
    inner = {
        name for name, steps in near.items()
        if name not in (one, other) and name in far and steps + far[name] == length
    }  # fmt: skip
    ends = {pair(end, name) for end in (one, other) for name in graph[end] if name in inner}
    if length == 1:
        ends.add(pair(one, other))
    return inner, ends


def _distances(graph: Graph, start: Name) -> dict[Name, int]:
    distances = {start: 0}
    queue = deque([start])
    while queue:
        name = queue.popleft()
        for neighbour in graph.get(name, ()):
            if neighbour not in distances:
                distances[neighbour] = distances[name] + 1
                queue.append(neighbour)
    return distances

"""Which contacts the centre could know to be one customer's: those that share a name, however far round.

Each name is one person's alone, so to share one, over however many contacts, is to be one person. Who
never says who he is stays a stranger, though the teller knows him.
"""

from collections.abc import Iterable

from services.simulator.core.tales import Tale

Name = tuple[str, str]


def customers(tales: Iterable[Tale], links: Iterable[set[Name]]) -> list[list[Tale]]:
    """The contacts of each customer, in order of start."""
    told = sorted(tales, key=lambda tale: tale.start_ms)
    groups = _Groups()
    for names in [*(tale.names for tale in told), *links]:
        groups.unite(names)
    own: dict[Name, list[Tale]] = {}
    for tale in told:
        name = groups.head_of(min(tale.names)) if tale.names else (tale.source, tale.subject)
        own.setdefault(name, []).append(tale)
    return list(own.values())


class _Groups:
    def __init__(self) -> None:
        self._group: dict[Name, set[Name]] = {}

    def unite(self, names: set[Name]) -> None:
        united = set(names)
        for name in names:
            united |= self._group.get(name, set())
        for name in united:
            self._group[name] = united

    def head_of(self, name: Name) -> Name:
        return min(self._group[name])

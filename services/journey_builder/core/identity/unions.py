"""Sets of identifiers that grow together; each is named by its strongest, of equals the smallest key."""

from collections.abc import Iterable

from services.journey_builder.core.identity.keys import Name

#: Two identifiers, the smaller first.
Pair = tuple[Name, Name]


def pair(one: Name, other: Name) -> Pair:
    return (one, other) if one < other else (other, one)


class Unions:
    def __init__(self, names: Iterable[Name] = ()) -> None:
        self._parents = {name: name for name in names}

    def names(self) -> list[Name]:
        return list(self._parents)

    def find(self, name: Name) -> Name:
        parents = self._parents
        root = parents.setdefault(name, name)
        while parents[root] != root:
            root = parents[root]
        while parents[name] != root:
            parents[name], name = root, parents[name]
        return root

    def join(self, one: Name, other: Name) -> None:
        first, second = pair(self.find(one), self.find(other))
        self._parents[second] = first

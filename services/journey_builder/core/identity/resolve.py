"""Which identifiers are one customer: a function of all that was named together and of all decisions.

From the strongest type to the weakest, each identifier joins the stronger ones it was named with, or
where there are none, those of its own type. It links nobody, for all it was ever named with, if it

1. was named with more distinct stronger ones than its limit allows;
2. leads to two customer_ids that are not said to be one, through its own type and stronger ones;
3. leads to both sides of a separation.
"""

from collections.abc import Collection, Generator, Mapping
from enum import StrEnum
from typing import NamedTuple

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.parting import between, parts
from services.journey_builder.core.identity.unions import Pair, Unions, pair
from services.journey_builder.core.pieces import PIECE

CUSTOMER_ID = 0


class Verdict(StrEnum):
    """What became of an identifier."""

    ALONE = "alone"
    LINKED = "linked"
    LIMITED = "limited"
    #: By the terms in force it counts as absent, though it was named.
    BLOCKED = "blocked"
    #: It leads to two customer_ids.
    AMBIGUOUS = "ambiguous"
    #: It leads to both sides of a separation.
    BETWEEN = "between"
    #: A link of its own was cut; what is left is its customer.
    SEPARATED = "separated"


class Answer(NamedTuple):
    """`customer`: the identifier that names the customer; None where it links nobody."""

    verdict: Verdict
    customer: Name | None


class Scene(NamedTuple):
    """All that the answers for some identifiers depend on.

    `merged`: customer_id -> its customer's. `nobody`: what links nobody, whatever else is in the scene.
    """

    groups: Collection[Collection[Name]]
    apart: Collection[Pair]
    merged: Mapping[Name, Name]
    nobody: Mapping[Name, Verdict]


def resolve(scene: Scene) -> Generator[None, None, dict[Name, Answer]]:
    """The answers for all identifiers in the groups that are no customer_ids; in pieces."""
    return _Resolution(scene).answers()


class _Resolution:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._apart = _spread(scene)
        self._unions = Unions(scene.merged.values())
        self._nobody: dict[Name, Verdict] = dict(scene.nobody)
        self._cut: set[Name] = set()
        #: Every identifier -> those it was named with that no separation took away, by that group.
        self._together: dict[Name, set[Name]] = {}

    def answers(self) -> Generator[None, None, dict[Name, Answer]]:
        for place, group in enumerate(self._scene.groups):
            if place % PIECE == 0:
                yield
            self._part(group)
        weaker = sorted(name for name in self._together if name[0] != CUSTOMER_ID)
        for strength in sorted({name[0] for name in weaker}):
            layer = [name for name in weaker if name[0] == strength and name not in self._nobody]
            looks: dict[Name, set[Name]] = {}
            for place, name in enumerate(layer):
                if place % PIECE == 0:
                    yield
                looks[name] = self._looks(name)
            self._join({name: seen for name, seen in looks.items() if seen})
            left = [name for name in layer if not looks[name]]
            self._join({name: self._peers(name) for name in left})
        found: dict[Name, Answer] = {}
        for place, name in enumerate(weaker):
            if place % PIECE == 0:
                yield
            found[name] = self._answer(name)
        return found

    def _part(self, group: Collection[Name]) -> None:
        kept = list(parts(group, self._apart))
        self._cut.update(name for part in kept[1:] for name in part)
        for part in kept:
            for name in part:
                self._together.setdefault(name, set()).update(part)

    def _looks(self, name: Name) -> set[Name]:
        """The customers, so far, of the stronger ones."""
        return {self._find(one) for one in self._together[name] if one[0] < name[0] and self._links(one)}

    def _peers(self, name: Name) -> set[Name]:
        """The customers of those of its own type."""
        peers = (one for one in self._together[name] if one[0] == name[0] and one != name)
        return {self._find(one) for one in peers if self._links(one)}

    def _links(self, name: Name) -> bool:
        return name not in self._nobody

    def _find(self, name: Name) -> Name:
        return self._unions.find(self._scene.merged.get(name, name))

    def _join(self, steps: dict[Name, set[Name]]) -> None:
        """Joins new identifiers to what they look at, but for those that must not."""
        self._refuse_ambiguous(steps)
        if self._apart:
            self._refuse_between(steps)
        for name, seen in steps.items():
            for one in seen:
                self._unions.join(name, one)

    def _refuse_ambiguous(self, steps: dict[Name, set[Name]]) -> None:
        self._refuse(steps, {name for name, seen in steps.items() if len(_ids(seen)) > 1}, Verdict.AMBIGUOUS)
        reach = Unions(steps)
        for name, seen in steps.items():
            for one in seen - _ids(seen):
                reach.join(name, one)
        ids: dict[Name, set[Name]] = {}
        for name, seen in steps.items():
            ids.setdefault(reach.find(name), set()).update(_ids(seen))
        self._refuse(steps, {name for name in steps if len(ids[reach.find(name)]) > 1}, Verdict.AMBIGUOUS)

    def _refuse_between(self, steps: dict[Name, set[Name]]) -> None:
        """Until nothing that is apart would come together."""
        while True:
            graph = _graph(steps)
            refused: set[Name] = set()
            cut: set[Pair] = set()
            for one, other in {pair(self._find(one), self._find(other)) for one, other in self._apart}:
                if one in graph and other in graph and one != other:
                    inner, ends = between(graph, one, other)
                    refused |= inner & steps.keys()
                    cut |= ends
            if not cut:
                return
            for name in steps.keys() - refused:
                kept = {one for one in steps[name] if pair(name, one) not in cut}
                if len(kept) < len(steps[name]):
                    steps[name] = kept
                    self._cut.add(name)
            self._refuse(steps, refused, Verdict.BETWEEN)

    def _refuse(self, steps: dict[Name, set[Name]], names: set[Name], verdict: Verdict) -> None:
        for name in names:
            self._nobody[name] = verdict
            del steps[name]
        if names:
            for name in steps:
                steps[name] = steps[name] - names

    def _answer(self, name: Name) -> Answer:
        verdict = self._nobody.get(name)
        if verdict is not None:
            return Answer(verdict, None)
        customer = self._find(name)
        if customer != name:
            return Answer(Verdict.LINKED, customer)
        return Answer(Verdict.SEPARATED if name in self._cut else Verdict.ALONE, name)


def _ids(names: set[Name]) -> set[Name]:
    return {name for name in names if name[0] == CUSTOMER_ID}


def _spread(scene: Scene) -> set[Pair]:
    """What is apart from a customer_id is apart from all that are said to be the same customer."""
    same: dict[Name, list[Name]] = {}
    for name, customer in scene.merged.items():
        same.setdefault(customer, []).append(name)
    return {
        pair(mine, his)
        for one, other in scene.apart
        for mine in same.get(scene.merged.get(one, one), [one])
        for his in same.get(scene.merged.get(other, other), [other])
    }


def _graph(steps: Mapping[Name, Collection[Name]]) -> dict[Name, set[Name]]:
    graph: dict[Name, set[Name]] = {}
    for name, seen in steps.items():
        for one in seen:
            graph.setdefault(name, set()).add(one)
            graph.setdefault(one, set()).add(name)
    return graph

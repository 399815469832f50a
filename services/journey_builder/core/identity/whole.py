"""Who is who where all is known at once: in a back-test, and nowhere else."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from services.journey_builder.core.facts import Order
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.merges import merge
from services.journey_builder.core.identity.resolve import CUSTOMER_ID, Answer, Scene, Verdict, resolve
from services.journey_builder.core.identity.unions import Pair
from services.journey_builder.core.pieces import at_once


class Said(NamedTuple):
    """A decision on some identifiers, in event order."""

    order: Order
    is_apart: bool
    names: tuple[Name, ...]


def answers(
    groups: Iterable[Iterable[Name]], said: Iterable[Said], limits: dict[int, int]
) -> dict[Name, Answer]:
    """By identifier. `limits`: by strength of the type."""
    named = [frozenset(group) for group in groups]
    latest: dict[Pair, Said] = {}
    for decision in sorted(said):
        for both in combinations(sorted(set(decision.names)), 2):
            latest[both] = decision
        if not decision.is_apart:
            named.append(frozenset(decision.names))
    apart = {both for both, decision in latest.items() if decision.is_apart}
    ids = {name for group in named for name in group if name[0] == CUSTOMER_ID}
    one = [both for both, decision in latest.items() if not decision.is_apart and ids.issuperset(both)]
    merged = merge(ids, sorted(one, key=lambda both: (latest[both].order, both)), apart)
    found = {name: Answer(Verdict.LINKED, customer) for name, customer in merged.items()}
    nobody = dict.fromkeys(_limited(named, apart, limits), Verdict.LIMITED)
    return found | at_once(resolve(Scene(named, apart, merged, nobody)))


def _limited(groups: Iterable[frozenset[Name]], apart: set[Pair], limits: dict[int, int]) -> set[Name]:
    stronger: defaultdict[Name, set[Name]] = defaultdict(set)
    for group in groups:
        for name in group:
            stronger[name] |= {one for one in group if one[0] < name[0] and (one, name) not in apart}
    return {name for name, above in stronger.items() if len(above) > limits.get(name[0], len(above))}

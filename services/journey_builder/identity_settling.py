"""Brings the answers up to date: for the identifiers that something was said of, and all it touches."""

from collections.abc import Iterable
from typing import NamedTuple

from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.merges import merge
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import CUSTOMER_ID, Answer, Scene, Verdict, resolve
from services.journey_builder.core.identity.unions import Pair, pair
from services.journey_builder.identity_store import IdentityStore


class Change(NamedTuple):
    name: Name
    before: Answer
    after: Answer


def settle(store: IdentityStore, touched: Iterable[Name], policy: Policy) -> list[Change]:
    """Answers anew where it is needed; returns what has changed, the strongest identifiers first."""
    names = set(touched)
    changes = _settle_ids(store, {name for name in names if name[0] == CUSTOMER_ID})
    weaker = {name for name in names if name[0] != CUSTOMER_ID}
    for change in changes:
        weaker |= _around(store, change.name)
    return sorted(changes + _settle_weaker(store, weaker, policy))


def _around(store: IdentityStore, name: Name) -> set[Name]:
    """The weaker identifiers whose answers may hang on a customer_id's."""
    groups = (store.group(group) for group in store.groups_of(name))
    named = {one for group in groups if group is not None for one in group.names}
    return {one for one in named | store.effects_of(name).keys() if one[0] != CUSTOMER_ID}


def _settle_ids(store: IdentityStore, ids: set[Name]) -> list[Change]:
    """customer_ids are one customer only by decision."""
    decided = {name for name in ids if store.known(name).partners}
    undecided = [_change(store, name, Answer(Verdict.ALONE, name)) for name in ids - decided]
    queue, said, apart = list(decided), dict[Pair, tuple[object, ...]](), set[Pair]()
    while queue:
        name = queue.pop()
        for other, effect in store.effects_of(name).items():
            if other[0] != CUSTOMER_ID:
                continue
            if effect.is_apart:
                apart.add(pair(name, other))
                continue
            said[pair(name, other)] = ref_order(effect.event)
            if other not in decided:
                decided.add(other)
                queue.append(other)
    # Of one event's pairs, as of the same ids anywhere: by what they are, not by our keys.
    ordered = sorted(said, key=lambda both: (said[both], sorted(store.known(name).value for name in both)))
    merged = merge(decided, ordered, [both for both in apart if decided.issuperset(both)])
    parted = {name for both in apart for name in both}
    answers = {name: _id_answer(name, merged[name], name in parted) for name in decided}
    changes = [_change(store, name, answer) for name, answer in answers.items()]
    return [change for change in undecided + changes if change is not None]


def _id_answer(name: Name, customer: Name, is_parted: bool) -> Answer:
    if customer != name:
        return Answer(Verdict.LINKED, customer)
    return Answer(Verdict.SEPARATED if is_parted else Verdict.ALONE, name)


def _settle_weaker(store: IdentityStore, names: set[Name], policy: Policy) -> list[Change]:
    if not names:
        return []
    region = _Region(store, policy)
    region.gather(names)
    answers = resolve(region.scene())
    changes = (_change(store, name, answers[name]) for name in region.seen)
    return [change for change in changes if change is not None]


def _change(store: IdentityStore, name: Name, after: Answer) -> Change | None:
    """Notes an answer, if it is another."""
    node = store.known(name)
    before = node.answer(name)
    if before == after:
        return None
    node.verdict, node.customer = after
    store.put_node(name, node)
    return Change(name, before, after)


class _Region:
    """All that some answers depend on: from group to group, but not through customer_ids, nor through
    what links nobody, for it is over its limit and was."""

    def __init__(self, store: IdentityStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self.seen: set[Name] = set()
        self._ids: set[Name] = set()
        self._groups: dict[bytes, list[Name]] = {}
        self._apart: set[Pair] = set()
        self._limited: set[Name] = set()

    def gather(self, names: set[Name]) -> None:
        self.seen |= names
        queue = list(names)
        while queue:
            name = queue.pop()
            if self._is_limited(name):
                self._limited.add(name)
                if self._store.known(name).verdict is Verdict.LIMITED:
                    continue
            for other in self._neighbours(name):
                if other[0] == CUSTOMER_ID:
                    self._ids.add(other)
                elif other not in self.seen:
                    self.seen.add(other)
                    queue.append(other)

    def scene(self) -> Scene:
        answers = {name: self._store.known(name).answer(name) for name in self._ids}
        merged = {name: answer.customer or name for name, answer in answers.items()}
        alone = [[name] for name in self.seen]
        return Scene([*self._groups.values(), *alone], self._apart, merged, self._limited)

    def _neighbours(self, name: Name) -> set[Name]:
        found: set[Name] = set()
        for group in self._store.groups_of(name):
            if group not in self._groups:
                row = self._store.group(group)
                self._groups[group] = row.names if row is not None else []
                found.update(self._groups[group])
        for other, effect in self._store.effects_of(name).items():
            if effect.is_apart:
                self._apart.add(pair(name, other))
                found.add(other)
        return found

    def _is_limited(self, name: Name) -> bool:
        """Those that were said to be apart from it do not count."""
        node = self._store.known(name)
        limit = self._policy.limits.get(node.kind)
        if limit is None or node.stronger <= limit:
            return False
        effects = self._store.effects_of(name)
        stronger = [one for one, effect in effects.items() if effect.is_apart and one[0] < name[0]]
        return node.stronger - sum(self._store.is_named_with(name, one) for one in stronger) > limit

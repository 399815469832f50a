"""Brings the answers up to date: for the identifiers that something was said of, and all it touches."""

from collections.abc import Collection, Generator, Iterable

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import CUSTOMER_ID, Scene, Verdict, resolve
from services.journey_builder.core.identity.unions import Pair, pair
from services.journey_builder.core.pieces import PIECE
from services.journey_builder.identity_ids import Answers, Change, join, settle_ids
from services.journey_builder.identity_store import IdentityStore
from services.journey_builder.identity_twins import Alike, answer_alike, twins

#: Among so many customer_ids two are looked for that make an identifier ambiguous.
LOOKS_MAX = 16


def settle(
    store: IdentityStore,
    touched: Iterable[Name],
    joined: Iterable[Pair],
    alike: Iterable[Alike],
    turned: Collection[Name],
    policy: Policy,
) -> Generator[None, None, list[Change]]:
    """Answers anew where it is needed, in pieces; returns what has changed, the strongest identifiers first.

    `joined`: pairs of customer_ids that were said to be one for the first time. `alike`: beside `touched`,
    groups that were like others when they came. `turned`: of what decisions say something else than before.
    """
    names, still_alike = set(touched), []
    for found in alike:
        if twins(store, found):
            still_alike.append(found)
        elif (row := store.group(found.group)) is not None:  # something else of the batch made it unlike
            names |= {name for name in row.names if name[0] != CUSTOMER_ID}
    answers = Answers(store)
    anew = {name for name in names if name[0] == CUSTOMER_ID}
    for one, other in joined:
        if not anew & {one, other} and not join(answers, one, other):
            anew |= {one, other}
    settle_ids(answers, anew)
    weaker = {name for name in names if name[0] != CUSTOMER_ID}
    for change in answers.changes():
        weaker |= _around(store, change.name)
    yield from _settle_weaker(store, answers, weaker, turned, policy)
    for found in still_alike:
        answer_alike(answers, found)
    return answers.changes()


def _around(store: IdentityStore, name: Name) -> set[Name]:
    """The weaker identifiers whose answers may hang on a customer_id's."""
    groups = (store.group(group) for group in store.groups_of(name))
    named = {one for group in groups if group is not None for one in group.names}
    return {one for one in named | store.effects_of(name).keys() if one[0] != CUSTOMER_ID}


def _settle_weaker(
    store: IdentityStore, answers: Answers, names: set[Name], turned: Collection[Name], policy: Policy
) -> Generator[None, None, None]:
    if not names:
        return
    region = _Region(store, turned, policy)
    yield from region.gather(names)
    found = yield from resolve(region.scene())
    for place, name in enumerate(region.seen):
        if place % PIECE == 0:
            yield
        answers.note(name, found[name])


class _Region:
    """All that some answers depend on: from group to group, but not through customer_ids, nor through
    what links nobody by itself, and did: over its limit, or named with two customer_ids. Unless it is apart
    from something, or was: that parts those that are named with it, too."""

    def __init__(self, store: IdentityStore, turned: Collection[Name], policy: Policy) -> None:
        self._store = store
        self._turned = turned
        self._policy = policy
        self.seen: set[Name] = set()
        self._ids: set[Name] = set()
        self._groups: dict[bytes, list[Name]] = {}
        self._apart: set[Pair] = set()
        self._nobody: dict[Name, Verdict] = {}

    def gather(self, names: set[Name]) -> Generator[None, None, None]:
        self.seen |= names
        queue = list(names)
        while queue:
            name = queue.pop()
            if len(queue) % PIECE == 0:
                yield
            if (verdict := self._links_nobody(name)) is not None:
                self._nobody[name] = verdict
                if self._store.known(name).verdict is verdict and not self._is_parting(name):
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
        return Scene([*self._groups.values(), *alone], self._apart, merged, self._nobody)

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

    def _is_parting(self, name: Name) -> bool:
        effects = self._store.effects_of(name).values()
        return name in self._turned or any(effect.is_apart for effect in effects)

    def _links_nobody(self, name: Name) -> Verdict | None:
        """Why, where it is seen without a look around."""
        if self._is_limited(name):
            return Verdict.LIMITED
        return Verdict.AMBIGUOUS if self._is_and_was_ambiguous(name) else None

    def _is_and_was_ambiguous(self, name: Name) -> bool:
        """Named with two customer_ids of which, as of itself, nothing was ever decided."""
        if self._store.known(name).verdict is not Verdict.AMBIGUOUS or not self._is_undecided(name):
            return False
        ids = filter(self._is_undecided, self._store.ids_named_before(name, LOOKS_MAX))
        return sum(self._store.is_named_with(name, one) for one in ids) > 1

    def _is_undecided(self, name: Name) -> bool:
        return name not in self._turned and not self._store.known(name).partners

    def _is_limited(self, name: Name) -> bool:
        """Those that were said to be apart from it do not count."""
        node = self._store.known(name)
        limit = self._policy.of(node.tenant).limits.get(node.kind)
        if limit is None or node.stronger <= limit:
            return False
        effects = self._store.effects_of(name)
        stronger = [one for one, effect in effects.items() if effect.is_apart and one[0] < name[0]]
        return node.stronger - sum(self._store.is_named_with(name, one) for one in stronger) > limit

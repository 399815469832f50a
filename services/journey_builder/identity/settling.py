"""Brings the answers up to date: for the identifiers that something was said of, and all it touches."""

from collections.abc import Collection, Generator, Iterable, Iterator

from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import CUSTOMER_ID, Answer, Scene, Verdict, resolve
from services.journey_builder.core.identity.unions import Pair, pair
from services.journey_builder.core.pieces import PIECE
from services.journey_builder.identity.ids import Answers, Change, join, settle_ids
from services.journey_builder.identity.store import IdentityStore
from services.journey_builder.identity.twins import Alike, answer_alike, twins
from services.journey_builder.identity.view import View

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
    view = View(store, policy)
    names, still_alike = set(touched), []
    for found in alike:
        if twins(store, found):
            still_alike.append(found)
        elif (row := store.group(found.group)) is not None:  # something else of the batch made it unlike
            names |= {name for name in row.names if name[0] != CUSTOMER_ID}
    answers = Answers(store)
    counting = _leave_out_blocked(answers, view, names)
    anew = {name for name in counting if name[0] == CUSTOMER_ID}
    for one, other in joined:
        if not anew & {one, other} and not join(answers, view, one, other):
            anew |= {one, other}
    settle_ids(answers, view, anew)
    weaker = {name for name in counting if name[0] != CUSTOMER_ID}
    for change in answers.changes():
        weaker |= _leave_out_blocked(answers, view, _around(store, change.name))
    yield from _settle_weaker(answers, view, weaker, turned)
    for found in still_alike:
        answer_alike(answers, found)
    return answers.changes()


def _leave_out_blocked(answers: Answers, view: View, names: set[Name]) -> set[Name]:
    """Returns the others."""
    blocked = {name for name in names if view.is_blocked(name)}
    for name in names:
        answers.store.terms.note_blocked(name, name in blocked)
    for name in blocked:
        answers.note(name, Answer(Verdict.BLOCKED, None))
        answers.note_torn(name, False)
    return names - blocked


def _around(store: IdentityStore, name: Name) -> set[Name]:
    """The weaker identifiers whose answers may hang on a customer_id's."""
    groups = (store.group(group) for group in store.groups_of(name))
    named = {one for group in groups if group is not None for one in group.names}
    return {one for one in named | store.effects_of(name).keys() if one[0] != CUSTOMER_ID}


def _settle_weaker(
    answers: Answers, view: View, names: set[Name], turned: Collection[Name]
) -> Generator[None, None, None]:
    if not names:
        return
    region = _Region(answers.store, view, turned)
    yield from region.gather(names)
    found = yield from resolve(region.scene())
    for place, name in enumerate(region.seen):
        if place % PIECE == 0:
            yield
        answers.note(name, found[name])


class _Region:
    """All that some answers depend on: from group to group, but not through customer_ids, nor through
    what links nobody by itself, and did.

    That is what is over its limit, unless it is or was apart from something, which parts those that are named
    with it, too; and what was named with two customer_ids, if nothing was ever decided of these three.
    """

    def __init__(self, store: IdentityStore, view: View, turned: Collection[Name]) -> None:
        self._store = store
        self._view = view
        self._turned = turned
        self.seen: set[Name] = set()
        self._ids: set[Name] = set()
        self._groups: dict[bytes, list[Name]] = {}
        self._apart: set[Pair] = set()
        self._nobody: dict[Name, Verdict] = {}

    def gather(self, names: set[Name]) -> Generator[None, None, None]:
        self.seen |= names
        queue, looks = list(names), 0
        while queue:
            for others in self._neighbours(queue.pop()):
                looks += 1
                if looks % PIECE == 0:
                    yield
                self._ids.update(other for other in others if other[0] == CUSTOMER_ID)
                fresh = {other for other in others if other[0] != CUSTOMER_ID} - self.seen
                self.seen |= fresh
                queue += fresh

    def scene(self) -> Scene:
        answers = {name: self._store.known(name).answer(name) for name in self._ids}
        merged = {name: answer.customer or name for name, answer in answers.items()}
        alone = [[name] for name in self.seen]
        return Scene([*self._groups.values(), *alone], self._apart, merged, self._nobody)

    def _neighbours(self, name: Name) -> Iterator[Collection[Name]]:
        """Group by group, those that were not met before; none where no look beyond the name is needed."""
        if (verdict := self._links_nobody(name)) is not None:
            self._nobody[name] = verdict
            if self._store.known(name).verdict is verdict and not self._is_parting(name):
                return
        for group in self._store.groups_of(name):
            if group not in self._groups:
                self._groups[group] = self._view.names_in(group)
                yield self._groups[group]
        apart = self._view.apart_from(name)
        self._apart.update(pair(name, other) for other in apart)
        yield apart

    def _is_parting(self, name: Name) -> bool:
        return name in self._turned or bool(self._view.apart_from(name))

    def _links_nobody(self, name: Name) -> Verdict | None:
        """Why, where it is seen without a look around."""
        if self._view.is_limited(name):
            return Verdict.LIMITED
        return Verdict.AMBIGUOUS if self._is_and_was_ambiguous(name) else None

    def _is_and_was_ambiguous(self, name: Name) -> bool:
        """Named with two customer_ids of which, as of itself, nothing was ever decided."""
        if self._store.known(name).verdict is not Verdict.AMBIGUOUS or not self._is_undecided(name):
            return False
        ids = filter(self._is_undecided, self._store.ids_named_before(name, LOOKS_MAX))
        known = [one for one in ids if not self._view.is_blocked(one)]
        return sum(self._store.is_named_with(name, one) for one in known) > 1

    def _is_undecided(self, name: Name) -> bool:
        return name not in self._turned and not self._store.known(name).partners

"""Which customer_ids are one customer: the strongest layer, settled by decisions alone."""

from typing import NamedTuple

from services.journey_builder.core.facts import ref_order
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.merges import merge
from services.journey_builder.core.identity.resolve import CUSTOMER_ID, Answer, Verdict
from services.journey_builder.core.identity.unions import Pair, pair
from services.journey_builder.identity.store import IdentityStore
from services.journey_builder.identity.view import View


class Change(NamedTuple):
    name: Name
    before: Answer
    after: Answer


class Answers:
    """The stored answers, and which of them are others than before."""

    def __init__(self, store: IdentityStore) -> None:
        self.store = store
        self._before: dict[Name, Answer] = {}

    def of(self, name: Name) -> Answer:
        return self.store.known(name).answer(name)

    def note(self, name: Name, answer: Answer) -> None:
        before = self.of(name)
        if before != answer:
            self._before.setdefault(name, before)
            node = self.store.known(name)
            node.verdict, node.customer = answer
            self.store.put_node(name, node)

    def note_torn(self, name: Name, torn: bool) -> None:
        node = self.store.known(name)
        if node.torn is not torn:
            node.torn = torn
            self.store.put_node(name, node)

    def changes(self) -> list[Change]:
        """The strongest identifiers first."""
        changes = (Change(name, before, self.of(name)) for name, before in sorted(self._before.items()))
        return [change for change in changes if change.before != change.after]


def join(answers: Answers, view: View, one: Name, other: Name) -> bool:
    """Makes two customers one, at the cost of the one that loses its name. Not if anything is apart in
    either: then all their ids must be looked at."""
    if view.is_blocked(one) or view.is_blocked(other):
        return True
    customers = [answers.of(name).customer or name for name in (one, other)]
    winner, loser = sorted(customers)
    if any(answers.store.known(customer).torn for customer in customers):
        return False
    if winner == loser:
        return True
    found = {one if customers[0] == loser else other}
    queue = list(found)
    while queue:
        for mate in _mates(view, queue.pop()):
            if mate not in found and answers.of(mate).customer == loser:
                found.add(mate)
                queue.append(mate)
    for name in found:
        answers.note(name, Answer(Verdict.LINKED, winner))
    return True


def settle_ids(answers: Answers, view: View, ids: set[Name]) -> None:
    """Looks at all ids that decisions tie to these."""
    store = answers.store
    decided = {name for name in ids if store.known(name).partners}
    for name in ids - decided:
        answers.note(name, Answer(Verdict.ALONE, name))
        answers.note_torn(name, False)
    queue, said, apart = list(decided), dict[Pair, tuple[object, ...]](), set[Pair]()
    while queue:
        name = queue.pop()
        for other, effect in view.effects_of(name).items():
            if other[0] == CUSTOMER_ID and effect.is_apart:
                apart.add(pair(name, other))
            elif other[0] == CUSTOMER_ID:
                said[pair(name, other)] = ref_order(effect.event)
                if other not in decided:
                    decided.add(other)
                    queue.append(other)
    # Of one event's pairs, as of the same ids anywhere: by what they are, not by our keys.
    ordered = sorted(said, key=lambda both: (said[both], sorted(store.known(name).value for name in both)))
    merged = merge(decided, ordered, [both for both in apart if decided.issuperset(both)])
    parted = {name for both in apart for name in both}
    torn = {merged[name] for name in parted & decided}
    for name, customer in merged.items():
        alone = Verdict.SEPARATED if name in parted else Verdict.ALONE
        answers.note(name, Answer(alone if customer == name else Verdict.LINKED, customer))
        answers.note_torn(name, customer == name and name in torn)


def _mates(view: View, name: Name) -> list[Name]:
    """The customer_ids that are said to be one with it."""
    effects = view.effects_of(name).items()
    return [other for other, effect in effects if other[0] == CUSTOMER_ID and not effect.is_apart]

"""What rules would have raised, and whom they would have taken for one customer: the pure core over events
in memory, without Kafka, to the end of time."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from schemas.contacts import Summary
from schemas.events import Event
from schemas.frictions import Friction
from services.journey_builder.backtest_owners import owners_of
from services.journey_builder.core.contact_state import ContactState, Head
from services.journey_builder.core.customer import Told, portray
from services.journey_builder.core.facts import fact_of
from services.journey_builder.core.identity.keys import contact_of
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.judge import END_OF_TIME_US, judge
from services.journey_builder.core.rule_book import ALWAYS_US, RuleBook
from services.journey_builder.core.summaries import ruled, summary_of

#: Findings are not told to anybody: when they were made does not matter.
NOW_US = 0


class Result(NamedTuple):
    """Frictions by id; and how many customers have the contacts."""

    frictions: dict[str, Friction]
    customers: int


class Change(NamedTuple):
    """A friction that one of two rule books raises, or both in other words. None: not raised."""

    before: Friction | None
    after: Friction | None

    @property
    def friction(self) -> Friction:
        friction = self.after or self.before
        assert friction is not None, "a change has a side"
        return friction


class Whose(Struct):
    """A customer as `portray` knows him."""

    customer_key: str
    fired_us: int = END_OF_TIME_US
    truncated: bool = False


class NoRuns:
    """No replay run is open."""

    def is_open(self, name: str) -> bool:
        return False

    def shows(self, name: str, at_us: int) -> bool:
        return True


def backtest(events: Iterable[Event], book: RuleBook, policy: Policy) -> Result:
    """What these events come to if nothing else ever happens."""
    frictions: dict[str, Friction] = {}
    customers: defaultdict[tuple[str, str], list[Summary]] = defaultdict(list)
    states = _contacts(events, book, policy)
    owners = owners_of(states, policy)
    for state in states:
        by, owner = ruled(state, book), owners[state.key]
        frictions |= {one.friction_id: one for one in judge(state, by.rules, NOW_US).publish}
        customers[state.head.tenant, owner].append(summary_of(state, by, [owner]))
    for (_, owner), summaries in customers.items():
        portrait = portray(summaries, Whose(owner), NOW_US, NoRuns(), book.of_contact, Told())
        frictions |= portrait.frictions
    return Result(frictions, len(customers))


def newest(book: RuleBook) -> RuleBook:
    """Its newest version, as if it had always been in force."""
    return RuleBook([replace(book.versions[-1], effective_us=ALWAYS_US)])


def differences(before: dict[str, Friction], after: dict[str, Friction]) -> list[Change]:
    """By moment. Words that only differ by the limit they name are no difference."""
    changes = [
        Change(before.get(name), after.get(name))
        for name in before.keys() | after.keys()
        if _judged(before.get(name)) != _judged(after.get(name))
    ]
    return sorted(changes, key=lambda change: (change.friction.at, change.friction.friction_id))


def _judged(friction: Friction | None) -> tuple[object, ...] | None:
    if friction is None:
        return None
    return (friction.severity, friction.touchpoint, friction.evidence)


def _contacts(events: Iterable[Event], book: RuleBook, policy: Policy) -> list[ContactState]:
    states: dict[bytes, ContactState] = {}
    for event in events:
        key, contact, _ = contact_of(event)
        state = states.get(key)
        if state is None:
            head = Head(event.tenant, contact, fired_us=END_OF_TIME_US)
            state = states[key] = ContactState(key, head)
        state.take(fact_of(event, 0, policy, book.heard, is_long=True))
    return list(states.values())

"""Contacts that change customers: whatever the partitions' speed, the last owner has the last word."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contacts import Summary
from schemas.data import Contact
from services.journey_builder.core.ownership import Entry, Pointer, receive, turn
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle.build import call, event, mine

OWNERS = "abcd"
#: Keys of identifiers; the last is the contact's own, which always keeps what it is given.
IDENTIFIERS = "abc"


class Model:
    """Customers in partitions of their own, each with a queue; what the log was told last of a friction."""

    def __init__(self) -> None:
        self.entries = {owner: Entry() for owner in OWNERS}
        self.pointers: dict[str, Pointer | None] = dict.fromkeys(OWNERS)
        self.queues: dict[str, list[Summary | Pointer]] = {owner: [] for owner in OWNERS}
        self.said: list[tuple[str, bool]] = []

    def tell(self, revision: int, candidates: str, others: set[str]) -> None:
        owner = candidates[0]
        for addressee in (*sorted(others - {owner}), owner):
            self.queues[addressee].append(_summary(revision, candidates))

    def step(self, owner: str) -> None:
        entry, message = self.entries[owner], self.queues[owner].pop(0)
        before, is_repeated = entry.summary is not None, False
        if isinstance(message, Pointer):
            self.pointers[owner] = None if message.target == owner else message
            posts = turn(entry, self.pointers[owner])
        else:
            posts = receive(entry, message, owner, self.pointers[owner])
            is_repeated = message.is_handed_over
        after = entry.summary is not None
        if after != before or (after and is_repeated):
            self.said.append((owner, after))
        for post in sorted(posts, key=lambda post: post.summary.is_handed_over):
            self.queues[post.addressee].append(post.summary)

    def keeper(self, candidates: str) -> str:
        """Who must have the contact in the end."""
        for owner in candidates:
            pointer = self.pointers[owner]
            if pointer is None or pointer.target is not None:
                return owner if pointer is None or pointer.target is None else pointer.target
        raise AssertionError(candidates)

    @property
    def busy(self) -> list[str]:
        return [owner for owner in OWNERS if self.queues[owner]]


def _summary(revision: int, candidates: str) -> Summary:
    contact = Contact("//acme/pbx", "c1")
    owner, rest = candidates[0], tuple(candidates[1:])
    return Summary(
        tenant="t", contact=contact, revision=revision, customer_key=owner, rest=rest, contact_key=b"1"
    )


_candidates = st.sets(st.sampled_from(IDENTIFIERS)).map(lambda names: "".join(sorted(names)) + "d")
_told = st.tuples(_candidates, st.sets(st.sampled_from(OWNERS)))
_turned = st.tuples(st.sampled_from(IDENTIFIERS), st.sampled_from([*IDENTIFIERS, None]))
#: Where the keys point in the end: to themselves, to nobody, or to one that keeps what it is given.
_settled = st.fixed_dictionaries(
    {"a": st.just("a"), "b": st.sampled_from(["a", "b", None]), "c": st.sampled_from(["a", "c", None])}
)


@settings(deadline=None)
@given(st.lists(st.one_of(_told, _turned), min_size=1, max_size=8), _settled, st.data())
def test_only_the_last_owner_holds_a_contact_and_he_speaks_last(
    happenings: list[Any], settled: dict[str, str | None], data: Any
) -> None:
    model, revision, last = Model(), 1, "d"
    model.tell(revision, last, set())
    pending = [*happenings, *settled.items()]
    while pending or model.busy:
        choice = data.draw(st.sampled_from([*model.busy, *(["next"] if pending else [])]))
        if choice != "next":
            model.step(choice)
            continue
        first, second = pending.pop(0)
        if isinstance(second, set):
            # Also some who never had it.
            revision += 1
            model.tell(revision, first, second | {last[0]})
            last = first
        else:
            model.queues[first].append(Pointer(second))
    keeper = model.keeper(last)
    assert [owner for owner in OWNERS if model.entries[owner].summary] == [keeper]
    assert model.said[-1] == (keeper, True)


def test_a_contact_moves_when_its_customer_is_found_out() -> None:
    pipeline = Pipeline(3)
    pipeline.feed(mine(call("c1", 0, 60)), RECEIVED_MS)
    pipeline.feed(call("c2", 3600, 3660), RECEIVED_MS + 1)
    assert len(pipeline.journeys()) == 2
    pipeline.feed(mine([event("call.authenticated", 3630, "c2")]), RECEIVED_MS + 2)
    assert [[one.subject for one in journey.contacts] for journey in pipeline.journeys()] == [["c1", "c2"]]
    assert [friction.kind for friction in pipeline.raised()] == ["repeat_contact"]

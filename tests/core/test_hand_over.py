"""Contacts that change customers: whatever the partitions' speed, the last owner has the last word."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.contacts import Summary
from schemas.data import Contact
from services.journey_builder.core.ownership import Entry, receive
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle.build import call, event, mine

OWNERS = "abc"


class Model:
    """Customers in partitions of their own, each with a queue; what the log was told last of a friction."""

    def __init__(self) -> None:
        self.entries = {owner: Entry() for owner in OWNERS}
        self.queues: dict[str, list[Summary]] = {owner: [] for owner in OWNERS}
        self.said: list[tuple[str, bool]] = []

    def tell(self, revision: int, owner: str, others: set[str]) -> None:
        for addressee in (*sorted(others - {owner}), owner):
            self.queues[addressee].append(_summary(revision, owner))

    def step(self, owner: str) -> None:
        entry, summary = self.entries[owner], self.queues[owner].pop(0)
        before = entry.summary is not None
        passed_on = receive(entry, summary, owner)
        after = entry.summary is not None
        if after != before or (after and summary.is_handed_over):
            self.said.append((owner, after))
        for forwarded in passed_on:
            self.queues[forwarded.customer_key].append(forwarded)

    @property
    def busy(self) -> list[str]:
        return [owner for owner in OWNERS if self.queues[owner]]


def _summary(revision: int, owner: str) -> Summary:
    contact = Contact("//acme/pbx", "c1")
    return Summary(tenant="t", contact=contact, revision=revision, customer_key=owner, contact_key=b"1")


@given(st.lists(st.sampled_from(OWNERS), min_size=1, max_size=6), st.data())
def test_only_the_last_owner_holds_a_contact_and_he_speaks_last(owners: list[str], data: Any) -> None:
    model, previous = Model(), set[str]()
    pending = list(enumerate(owners, start=1))
    while pending or model.busy:
        choice = data.draw(st.sampled_from([*model.busy, *(["worker"] if pending else [])]))
        if choice == "worker":
            revision, owner = pending.pop(0)
            # After a crash the worker tells some whom it may have told before, or never had.
            doubted = data.draw(st.sets(st.sampled_from(OWNERS)))
            model.tell(revision, owner, previous | doubted)
            previous = {owner}
        else:
            model.step(choice)
    assert [owner for owner in OWNERS if model.entries[owner].summary] == [owners[-1]]
    assert model.said[-1] == (owners[-1], True)


def test_a_contact_moves_when_its_customer_is_found_out() -> None:
    pipeline = Pipeline(3)
    pipeline.feed(mine(call("c1", 0, 60)), RECEIVED_MS)
    pipeline.feed(call("c2", 3600, 3660), RECEIVED_MS + 1)
    assert len(pipeline.journeys()) == 2
    pipeline.feed(mine([event("call.authenticated", 3630, "c2")]), RECEIVED_MS + 2)
    assert [[one.subject for one in journey.contacts] for journey in pipeline.journeys()] == [["c1", "c2"]]
    assert [friction.kind for friction in pipeline.raised()] == ["repeat_contact"]


def test_a_worker_that_forgot_whom_it_had_told_takes_it_back() -> None:
    pipeline = Pipeline(2)
    first, rest = event("call.started", 0, "c1"), mine([event("call.answered", 9, "c1")])
    first["data"]["identifiers"] = {"phone": "+14155550101"}
    pipeline.feed([first], RECEIVED_MS)
    pipeline.forget_contacts()
    pipeline.feed([first, *rest], RECEIVED_MS + 1)
    assert len(pipeline.journeys()) == 1
    heads = [head for head in pipeline.customers() if head.contacts]
    assert [head.identifiers for head in heads] == [{"customer_id": ("ann",), "phone": ("+14155550101",)}]

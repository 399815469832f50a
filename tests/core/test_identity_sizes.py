"""Merges without a cap: long chains, and customers with thousands of events. Their times are printed."""

import time
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from services.journey_builder.core.identity import resolve as resolving
from services.journey_builder.core.identity.keys import Name
from services.journey_builder.core.identity.resolve import Answer, Scene, resolve
from services.journey_builder.identity import settling
from services.journey_builder.identity.stage import IdentityStage
from tests.core.given import DAY, HOUR, call, event
from tests.core.pipeline import RECEIVED_MS, Pipeline

Raw = dict[str, Any]
CHAIN = 1000
BATCH = 100
EVENTS = 5000


def identified(number: int, one: str, other: str, verb: str = "identified") -> Raw:
    said = event(f"customer.{verb}", DAY + number, identifiers={"customer_id": [one, other]})
    del said["subject"]
    return said | {"id": f"{verb}-{number}"}


def of(customer: str, events: list[Raw]) -> list[Raw]:
    return [one | {"data": one["data"] | {"identifiers": {"customer_id": customer}}} for one in events]


def held_call(subject: str, at: float) -> list[Raw]:
    held = [event("call.held", at + second, subject) for second in (10, 20)]
    return [*call(subject, at, at + 60), *held]


def owners(pipeline: Pipeline) -> dict[str, str]:
    return {subject: head.customer_key for (_, _, subject), head in pipeline.contacts().items()}


def test_a_chain_of_a_thousand_merges_and_a_cut_in_its_middle() -> None:
    pipeline = Pipeline(3)
    pipeline.feed(
        [one for n in range(CHAIN) for one in of(f"p{n}", [event("call.started", n, f"c{n}")])], RECEIVED_MS
    )
    assert len(set(owners(pipeline).values())) == CHAIN
    started = time.perf_counter()
    merges = [identified(number, f"p{number}", f"p{number + 1}") for number in range(CHAIN - 1)]
    for start in range(0, CHAIN, BATCH):
        pipeline.feed(merges[start : start + BATCH], RECEIVED_MS + start)
    print(f"{CHAIN} merges, {BATCH} at a time: {time.perf_counter() - started:.2f} s")
    assert len(set(owners(pipeline).values())) == 1
    half = CHAIN // 2
    started = time.perf_counter()
    pipeline.feed([identified(CHAIN, f"p{half - 1}", f"p{half}", "separated")], RECEIVED_MS + 2 * CHAIN)
    print(f"cut in two: {time.perf_counter() - started:.2f} s")
    sides = [
        {key for subject, key in owners(pipeline).items() if (int(subject[1:]) < half) is left}
        for left in (True, False)
    ]
    assert [len(side) for side in sides] == [1, 1]
    assert sides[0] != sides[1]


def test_two_customers_of_five_thousand_events_are_merged_and_parted() -> None:
    pipeline = Pipeline(3)
    for person in ("ann", "bob"):
        calls = [one for n in range(EVENTS // 5) for one in held_call(f"{person}{n}", n * HOUR)]
        pipeline.feed(of(person, calls), RECEIVED_MS)
    before = owners(pipeline)
    journeys = {journey.journey_id for journey in pipeline.journeys()}
    for number, verb in enumerate(("identified", "separated")):
        started = time.perf_counter()
        pipeline.feed([identified(1000 * DAY, "ann", "bob", verb)], RECEIVED_MS + 1 + number)
        print(f"{verb}, {2 * EVENTS} events: {time.perf_counter() - started:.2f} s")
        assert len(set(owners(pipeline).values())) == 1 + number
    assert owners(pipeline) == before
    assert {journey.journey_id for journey in pipeline.journeys()} == journeys


def form_of(number: int, **names: str) -> Raw:
    return event("web_form.started", number, f"f{number}", form_id="claim", identifiers=names)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many groups each settlement looked at."""
    counts: list[int] = []

    def counting(scene: Scene) -> Generator[None, None, dict[Name, Answer]]:
        counts.append(len(scene.groups))
        return resolve(scene)

    monkeypatch.setattr(settling, "resolve", counting)
    return counts


def test_one_more_in_a_crowd_costs_what_the_first_did(looked_at: list[int]) -> None:
    pipeline = Pipeline(1)
    pipeline.beat(RECEIVED_MS)
    crowd = [form_of(number, email="kiosk@x.example", visitor_id=f"v{number}") for number in range(CHAIN)]
    pipeline.feed(crowd, RECEIVED_MS)
    looked_at.clear()
    for number in range(CHAIN, CHAIN + 10):
        named = {"email": "kiosk@x.example", "visitor_id": f"v{number}"}
        pipeline.feed([form_of(number, **named)], RECEIVED_MS + number)
    assert sum(looked_at) == 0
    assert len(set(owners(pipeline).values())) == 1
    # Whoever brings something else is looked at with all of them.
    pipeline.feed([form_of(2 * CHAIN, email="kiosk@x.example", customer_id="ann")], RECEIVED_MS + 2 * CHAIN)
    assert sum(looked_at) > CHAIN
    assert len(set(owners(pipeline).values())) == 1


def test_what_many_customers_share_is_not_looked_through(looked_at: list[int]) -> None:
    """A company's account: the cookies of one employee have nothing to do with the others'."""
    pipeline = Pipeline(1)
    pipeline.beat(RECEIVED_MS)

    def of_employee(person: int, form: int) -> Raw:
        own = {"customer_id": f"p{person}", "email": f"p{person}@x.example", "visitor_id": f"v{form}"}
        return form_of(form, account_id="k1", **own)

    pipeline.feed([of_employee(person, person) for person in range(CHAIN)], RECEIVED_MS)
    pipeline.feed([of_employee(0, CHAIN)], RECEIVED_MS + 1)
    looked_at.clear()
    pipeline.feed([of_employee(0, CHAIN + 1), of_employee(1, CHAIN + 2)], RECEIVED_MS + 2)
    nameless = of_employee(0, CHAIN + 1) | {"data": {"form_id": "claim"}, "sequence": "9"}
    pipeline.feed([nameless], RECEIVED_MS + 3)
    assert 0 < sum(looked_at) < 50
    assert len(set(owners(pipeline).values())) == CHAIN + 1  # who names nobody any more is his own


def test_what_a_crm_writes_for_everybody_is_not_looked_through(looked_at: list[int]) -> None:
    """Decisions that some are one part nobody: what they share is over its limit, whoever comes next."""
    pipeline = Pipeline(1)
    pipeline.beat(RECEIVED_MS)

    def imported(number: int) -> Raw:
        names = {"customer_id": f"p{number}", "email": "none@x.example"}
        told = event("customer.identified", number, identifiers=names) | {"id": f"told-{number}"}
        del told["subject"]
        return told

    pipeline.feed([imported(number) for number in range(CHAIN)], RECEIVED_MS)
    looked_at.clear()
    for number in range(CHAIN, CHAIN + 10):
        pipeline.feed([imported(number)], RECEIVED_MS + number)
    assert sum(looked_at) < 50
    assert sum(head.is_known for head in pipeline.customers()) == CHAIN + 10


def test_others_have_their_turn_while_a_crowd_is_looked_at(
    looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[None] = []
    fold = IdentityStage.fold

    def counting(stage: IdentityStage, *told: Any) -> Iterator[None]:
        for turn in fold(stage, *told):
            turns.append(turn)
            yield

    for module in (settling, resolving):
        monkeypatch.setattr(module, "PIECE", CHAIN // 10)
    monkeypatch.setattr(IdentityStage, "fold", counting)
    pipeline = Pipeline(1)
    pipeline.feed(
        [form_of(n, email="kiosk@x.example", visitor_id=f"v{n}") for n in range(CHAIN)], RECEIVED_MS
    )
    turns.clear()
    looked_at.clear()
    named = {"email": "kiosk@x.example", "phone": "+14155550101"}
    pipeline.feed([form_of(CHAIN, **named)], RECEIVED_MS + 1)
    assert sum(looked_at) > CHAIN
    # They are gathered in ten pieces, parted in twice as many, and noted in ten; nothing changes.
    assert len(turns) >= 40

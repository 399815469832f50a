"""One customer over many names: any order, duplication and batching of the same gives the same."""

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.journey_builder.core.identity.keys import Keys
from services.journey_builder.core.identity.policy import Policy
from tests.core.examples import examples
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.webs import corrections, webs
from tests.oracle import contacts as oracle
from tests.oracle.build import DAY, call, event, mine
from tests.oracle.identity import attributes, customers

Raw = dict[str, Any]
Name = tuple[str, str, str]
#: So low that a few calls go over them.
LIMITS = {"email": 1, "phone": 2, "visitor_id": 1, "device_id": 1}


#: In which most are linked to one customer.
WIDE_LIMITS = {"email": 3, "phone": 5, "visitor_id": 2, "device_id": 3}


def told(
    events: list[Raw],
    cuts: list[int],
    partitions: int = 3,
    restart: bool = False,
    limits: dict[str, int] = LIMITS,
) -> Pipeline:
    pipeline = Pipeline(partitions, chosen=Policy(limits=limits))
    pipeline.beat(RECEIVED_MS)  # so that the limits are noted
    start = 0
    for end in sorted({*cuts, len(events)}):
        pipeline.feed(events[start:end], RECEIVED_MS + end)
        start = end
        if restart:
            pipeline.restart()
    pipeline.pass_time()
    return pipeline


def owners(pipeline: Pipeline) -> dict[Name, str]:
    return {name: head.customer_key for name, head in pipeline.contacts().items()}


def together(owner_of: dict[Any, Any]) -> set[frozenset[Any]]:
    groups = defaultdict(set)
    for name, owner in owner_of.items():
        groups[owner].add(name)
    return {frozenset(group) for group in groups.values()}


def is_grouped_as(pipeline: Pipeline, wanted: Mapping[Any, Any]) -> bool:
    """Whether the contacts that were made are each other's as the oracle has it."""
    made = pipeline.contacts()
    return together(owners(pipeline)) == together({key: wanted[key] for key in wanted if key in made})


def journeys(pipeline: Pipeline) -> set[frozenset[str]]:
    return {frozenset(contact.subject for contact in journey.contacts) for journey in pipeline.journeys()}


def living(pipeline: Pipeline) -> set[str]:
    return {head.customer_key for head in pipeline.customers() if head.is_known}


@given(webs(), st.randoms(use_true_random=False), st.data())
@settings(max_examples=examples(500), deadline=None)
def test_it_agrees_with_the_oracle_that_sees_all_at_once(
    history: list[Raw], shuffler: random.Random, data: Any
) -> None:
    agrees(history + data.draw(corrections(history)), shuffler, data, LIMITS)


def agrees(history: list[Raw], shuffler: random.Random, data: Any, limits: dict[str, int]) -> None:
    events = history + shuffler.sample(history, len(history) // 3)
    shuffler.shuffle(events)
    each = range(len(events) + 1)
    cuts = list(each) if data.draw(st.booleans()) else data.draw(st.lists(st.sampled_from(each), max_size=6))
    pipeline = told(events, cuts, limits=limits)
    wanted = customers(history, limits)
    assert is_grouped_as(pipeline, wanted)
    known = {customer for customer in wanted.values() if customer[1] != "contact"}
    assert len(living(pipeline)) == len(known)
    assert journeys(pipeline) == {
        frozenset(contact.subject for contact in journey.contacts)
        for journey in oracle.journeys(history, wanted)
    }
    said = attributes(history, wanted)
    assert attributes_of(pipeline) == sorted(_listed(said[customer]) for customer in known & said.keys())
    assert_all_led_on(pipeline)
    assert {one.friction_id for one in pipeline.raised()} == set(oracle.named(history, None, wanted))


def attributes_of(pipeline: Pipeline) -> list[Any]:
    """What is said of each known customer of whom anything is."""
    heads = (head for head in pipeline.customers() if head.is_known and head.merged_into is None)
    return sorted(_listed(head.attributes) for head in heads if head.attributes)


def _listed(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in attributes.items())


def assert_all_led_on(pipeline: Pipeline) -> None:
    """From every journey that ceased to one that stands, by those that took over."""
    successors = {one.journey_id: one.superseded_by for one in pipeline.superseded()}
    standing = {one.journey_id for one in pipeline.journeys()}
    for gone in successors:
        name: str | None = gone
        for _ in successors:
            if name in successors:
                name = successors[name]
        assert name in standing, f"{gone} leads to {name}"


@given(webs(), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=examples(200), deadline=None)
def test_a_merge_that_is_undone_has_never_been(
    history: list[Raw], shuffler: random.Random, is_restarted: bool
) -> None:
    history = [*history, *mine(call("of-ann", 0, 9), "ann"), *mine(call("of-bob", 60, 69), "bob")]
    never = told(history, [])
    assume(len({_customer(never, "ann"), _customer(never, "bob")} - {None}) == 2)
    heard = list(history)
    shuffler.shuffle(history)
    pipeline = told(history, [])
    for number, verb in enumerate(("identified", "separated")):
        said = event(f"customer.{verb}", 60 * DAY + number, identifiers={"customer_id": ["ann", "bob"]})
        del said["subject"]
        heard.append(said)
        pipeline.feed([said], RECEIVED_MS + 1000 + number)
        if is_restarted:
            pipeline.restart()
        # Not always on "identified": an earlier separation of others may stand against it.
        assert _are_one(heard) == (told_of(pipeline) != told_of(never))
    assert not _are_one(heard)


def _are_one(history: list[Raw]) -> bool:
    owner_of = {key.subject: owner for key, owner in customers(history, LIMITS).items()}
    return owner_of["of-ann"] == owner_of["of-bob"]


def _customer(pipeline: Pipeline, customer_id: str) -> str | None:
    """Whose this id is; None where no contact of his is known."""
    heads = {head.customer_key: head for head in pipeline.customers()}
    head = heads.get(Keys(b"secret").of("default", "customer_id", customer_id))
    while head is not None and head.merged_into is not None:
        head = heads.get(head.merged_into)
    return head.customer_key if head is not None and head.contacts else None


def told_of(pipeline: Pipeline) -> tuple[Any, ...]:
    """All that readers see, but for revisions and when it was found."""
    return (
        {journey.journey_id: replace(journey, revision=0) for journey in pipeline.journeys()},
        {one.friction_id: replace(one, detected_at="") for one in pipeline.raised()},
        {name: replace(head, revision=0) for name, head in pipeline.contacts().items()},
        {head.customer_key: replace(head, revision=0) for head in pipeline.customers() if head.is_known},
    )


@given(webs(), st.randoms(use_true_random=False), st.lists(st.integers(0, 20), max_size=6))
@settings(max_examples=examples(), deadline=None)
def test_keys_are_the_same_in_any_order_on_any_number_of_partitions(
    history: list[Raw], shuffler: random.Random, cuts: list[int]
) -> None:
    before = told(history, [])
    shuffler.shuffle(history)
    cuts = [min(cut, len(history)) for cut in cuts]
    for count in (1, 2, 5):
        after = told(history, cuts, count, restart=True)
        assert owners(after) == owners(before)
        assert living(after) == living(before)


def test_a_contact_that_went_in_a_circle_is_told_of_by_its_keeper() -> None:
    """Three addresses of one person, of which one links nobody for a while."""
    mails = [f"{letter}@x.example" for letter in "bac"]
    apart = {"customer_id": ["bob", "cid"], "email": mails[0], "account_id": "k2"}
    history = [
        event("call.started", 0, "c0", identifiers={"email": mails}),
        event("call.started", 4 * 3600, "c4", identifiers={"customer_id": "ann", "account_id": "k2"}),
        event("customer.separated", 0, "said", identifiers=apart),
        event("customer.identified", 1, "c1", identifiers={"email": mails[0], "customer_id": "ann"}),
        event("customer.identified", 2, "c1", identifiers={"customer_id": ["ann", "bob"]}),
    ]
    del history[2]["subject"]
    keepers = [owners(told(history, [], count)) for count in range(1, 9)]
    assert keepers == keepers[:1] * 8

"""Terms that change: other limits and blocked values hold over all that was ever named."""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas import topics
from services.journey_builder.core.identity.policy import BLOCKED, Policy
from services.journey_builder.identity import stage
from tests.core.examples import examples
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.test_identity import (
    LIMITS,
    WIDE_LIMITS,
    Raw,
    is_grouped_as,
    owners,
    together,
    told,
)
from tests.core.test_identity_crowds import call_naming, said
from tests.core.webs import POOL, companies, crowds, webs
from tests.oracle.build import DAY, event
from tests.oracle.identity import customers

LIMITS_SHIPPED = Policy().limits


def take_hold(pipeline: Pipeline, policy: Policy, at_a_beat: int = 1000, is_restarted: bool = False) -> None:
    pipeline.choose(policy)
    with patch.object(stage, "ANEW_AT_A_BEAT", at_a_beat):
        for beat in range(len(pipeline.stored("identities"))):  # more than there are identifiers
            pipeline.beat(RECEIVED_MS + 1000 + beat)
            if is_restarted:
                pipeline.restart()


@given(webs() | crowds(), st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=examples(), deadline=None)
def test_other_limits_take_hold_some_names_at_a_time(
    history: list[Raw], shuffler: random.Random, at_a_beat: int
) -> None:
    limits = [LIMITS, WIDE_LIMITS]
    shuffler.shuffle(limits)
    before, after = limits
    pipeline = told(history, [], limits=before)
    take_hold(pipeline, Policy(limits=after), at_a_beat, is_restarted=shuffler.randrange(2) == 0)
    assert is_grouped_as(pipeline, customers(history, after))
    written = len(pipeline.log[topics.IDENTITY_JOURNAL.name])
    pipeline.beat(RECEIVED_MS + 10_000)
    assert len(pipeline.log[topics.IDENTITY_JOURNAL.name]) == written


@given(webs() | crowds() | companies(), st.randoms(use_true_random=False))
@settings(max_examples=examples(300), deadline=None)
def test_limits_that_change_before_those_before_took_hold_hold_for_all(
    history: list[Raw], shuffler: random.Random
) -> None:
    shuffler.shuffle(history)
    pipeline = told([], [], limits=LIMITS)
    for start in range(0, len(history), 4):
        pipeline.choose(Policy(limits=shuffler.choice([LIMITS, WIDE_LIMITS])))
        for beat in range(shuffler.choice([0, 0, 1, 3, 30])):
            with patch.object(stage, "ANEW_AT_A_BEAT", 2):
                pipeline.beat(RECEIVED_MS + 50 * start + beat)
        pipeline.feed(history[start : start + 4], RECEIVED_MS + 50 * start + 40)
    last = shuffler.choice([LIMITS, WIDE_LIMITS])
    take_hold(pipeline, Policy(limits=last))
    pipeline.pass_time()
    assert is_grouped_as(pipeline, customers(history, last))


VALUES = sorted(value for values in POOL.values() for value in values)


@given(
    webs() | crowds() | companies(),
    st.sets(st.sampled_from(VALUES), min_size=1, max_size=3),
    st.sampled_from([LIMITS, WIDE_LIMITS]),
    st.data(),
)
@settings(max_examples=examples(300), deadline=None)
def test_what_is_blocked_later_has_never_been_named(
    history: list[Raw], blocked: set[str], limits: dict[str, int], data: Any
) -> None:
    assume(blocked.isdisjoint(_rivals(history)))
    history = [*history, *(_named_with_another(number, one) for number, one in enumerate(sorted(blocked)))]
    told_in = data.draw(st.permutations(history))
    cut = data.draw(
        st.integers(max(told_in.index(one) for one in history[-len(blocked) :]) + 1, len(told_in))
    )
    pipeline = told(told_in[:cut], [cut // 2], limits=limits)
    take_hold(pipeline, Policy(limits=limits, blocked=BLOCKED | blocked), data.draw(st.integers(1, 5)))
    pipeline.feed(told_in[cut:], RECEIVED_MS + 20_000)
    pipeline.pass_time()
    assert groups_those_named_together(pipeline, without(told_in, blocked), limits)
    if cut == len(told_in):  # what came meanwhile was not taken
        take_hold(pipeline, Policy(limits=limits))
        assert is_grouped_as(pipeline, customers(history, limits))


def test_a_blocked_customer_id_is_nobodys_though_another_worker_does_not_know_that_yet() -> None:
    pipeline = told([], [])
    pipeline.choose(Policy(blocked=BLOCKED | {"guest"}), others_know=False)
    pipeline.beat(RECEIVED_MS)
    names = [{"customer_id": "guest", "visitor_id": f"v{number}"} for number in range(2)]
    calls = [event("call.started", n, f"c{n}", identifiers=named) for n, named in enumerate(names)]
    pipeline.feed(calls, RECEIVED_MS + 1)
    assert len(set(owners(pipeline).values())) == 2


ANN, BOB, GUEST = ({"customer_id": [name]} for name in ("ann", "bob", "guest"))
K1 = {"account_id": ["k1"]}
PEOPLE = [call_naming(n, who | {"device_id": [f"d{n}"]}) for n, who in enumerate([ANN, BOB, GUEST])]
JOINED: dict[str, list[Raw]] = {
    "two were one by way of it": [
        said("customer.identified", number, {"customer_id": [name, "guest"]})
        for number, name in enumerate(["ann", "bob"])
    ],
    "it made what another shares ambiguous": [
        call_naming(10, ANN | K1), call_naming(11, GUEST | K1), call_naming(12, K1),
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", JOINED)
@pytest.mark.parametrize("is_known_before", [False, True])
def test_a_customer_id_that_is_blocked_parts_and_frees(story: str, is_known_before: bool) -> None:
    """Be it blocked later, or before workers that tell of it know that."""
    history = [*PEOPLE, *JOINED[story]]
    blocking = Policy(blocked=BLOCKED | {"guest"})
    if is_known_before:
        pipeline = told([], [])
        pipeline.choose(blocking, others_know=False)
        pipeline.beat(RECEIVED_MS)
        pipeline.feed(history, RECEIVED_MS + 1)
        pipeline.pass_time()
    else:
        pipeline = told(history, list(range(len(history))))
        take_hold(pipeline, blocking)
    assert groups_those_named_together(pipeline, without(history, {"guest"}), LIMITS_SHIPPED)


def _rivals(history: list[Raw]) -> set[str]:
    """customer_ids named in one contact: only the last counts, and which it was before is not kept."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for one in history:
        if "subject" in one or one["type"] == "customer.updated":
            named[one.get("subject") or one["id"]] |= set(
                one["data"].get("identifiers", {}).get("customer_id", [])
            )
    return {value for values in named.values() if len(values) > 1 for value in values}


def _named_with_another(number: int, value: str) -> Raw:
    """What is only ever named alone is not known to be anybody's name: its contacts stay with it."""
    (kind,) = [kind for kind, values in POOL.items() if value in values]
    names = {kind: [value], "device_id": [f"of-{value}"]}
    return event("call.started", 100 * DAY + number, f"n{number}", identifiers=names)


def groups_those_named_together(pipeline: Pipeline, history: list[Raw], limits: dict[str, int]) -> bool:
    """As the oracle has it; but for those of whom nothing is left: what a decision of nobody is kept under is
    not told by any name."""
    wanted = customers(history, limits)
    made = owners(pipeline)
    both = made.keys() & wanted.keys()
    return together(_of(made, both)) == together(_of(wanted, both))


def _of(owner_of: Mapping[Any, Any], keys: Collection[Any]) -> dict[Any, Any]:
    return {key: owner_of[key] for key in keys}


def without(history: list[Raw], blocked: Collection[str]) -> list[Raw]:
    return [one | {"data": one["data"] | {"identifiers": _left(one, blocked)}} for one in history]


def _left(one: Raw, blocked: Collection[str]) -> dict[str, list[str]]:
    named = one["data"].get("identifiers", {})
    return {kind: [value for value in values if value not in blocked] for kind, values in named.items()}

"""Crowds of names around few that they share: who is new among them, and limits that change."""

import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from services.journey_builder import identities, identity_twins
from services.journey_builder.core.identity.policy import Policy
from tests.core.pipeline import RECEIVED_MS
from tests.core.test_identity import EXAMPLES, LIMITS, WIDE_LIMITS, Raw, agrees, is_grouped_as, told
from tests.core.webs import companies, corrections, crowds, webs
from tests.oracle.build import DAY, event
from tests.oracle.identity import customers


@given(crowds(), st.randoms(use_true_random=False), st.data(), st.sampled_from([LIMITS, WIDE_LIMITS]))
@settings(max_examples=max(EXAMPLES, 150), deadline=None)
def test_newcomers_in_a_crowd_are_answered_as_the_oracle_does(
    history: list[Raw], shuffler: random.Random, data: Any, limits: dict[str, int]
) -> None:
    with patch.object(identity_twins, "MANY_GROUPS", 1):
        agrees(history + data.draw(corrections(history)), shuffler, data, limits)


@given(companies(), st.randoms(use_true_random=False), st.data(), st.sampled_from([LIMITS, WIDE_LIMITS]))
@settings(max_examples=max(EXAMPLES, 300), deadline=None)
def test_those_who_share_something_are_answered_as_the_oracle_does(
    history: list[Raw], shuffler: random.Random, data: Any, limits: dict[str, int]
) -> None:
    agrees(history, shuffler, data, limits)


Names = dict[str, Any]
A, V, D = "a@x.example", "visitor_id", "device_id"
STORIES: dict[str, list[dict[str, str]]] = {
    "the last that came was parted from the others": [
        {"email": A, V: "v0"}, {"email": A, V: "v1"}, {"email": A, V: "v2"},
        {"email": A, V: "v2", "apart": "yes"}, {"email": A, V: "v3"}, {V: "v3"},
    ],
    "the last that came is somebody else's too": [
        {"email": A, V: "v0"}, {"email": A, V: "v1"}, {"email": A, V: "v2"},
        {"customer_id": "ann", "email": A, "phone": "+14155550101"}, {"customer_id": "bob", V: "v2"},
        {"email": A, V: "v3"}, {V: "v3"},
    ],
    "what they share links nobody, so each has his own devices": [
        *[{"email": A, "account_id": f"k{number}"} for number in range(4)],
        {"email": A, V: "v0", D: "d0"}, {"email": A, V: "v1", D: "d1"}, {"email": A, V: "v2", D: "d2"},
        {D: "d2"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_newcomers_are_like_others_only_where_all_is_alike(story: str) -> None:
    history = []
    for number, names in enumerate(STORIES[story]):
        identifiers = {kind: value for kind, value in names.items() if kind != "apart"}
        type_ = "customer.separated" if "apart" in names else "call.started"
        history.append(event(type_, number * DAY, f"c{number}", identifiers=identifiers))
    with patch.object(identity_twins, "MANY_GROUPS", 1):
        pipeline = told(history, list(range(len(history))), limits=WIDE_LIMITS)
    assert len(pipeline.contacts()) >= len(history) - 1
    assert is_grouped_as(pipeline, customers(history, WIDE_LIMITS))


def test_who_was_like_one_that_is_withdrawn_in_the_same_batch_is_looked_at() -> None:
    def call_of(number: int) -> Raw:
        own = {"phone": f"+1415555010{number}", V: f"v{number}", D: f"d{number}"}
        shared = {"customer_id": "bob", "email": A}
        return event("call.started", number, f"c{number}", identifiers=shared | own)

    over_its_limit = event("call.started", 0, "ann", identifiers={"customer_id": "ann", "email": A})
    calls = [call_of(number) for number in range(3)]
    withdrawn = event("call.started", 1, "c1") | {"sequence": "7"}
    alone = [event("call.started", 10 + n, f"v{n}", identifiers={V: f"v{n % 3}"}) for n in range(6)]
    history = [over_its_limit, *calls, withdrawn, *alone]
    with patch.object(identity_twins, "MANY_GROUPS", 1):
        pipeline = told(history, [1, 2, 3, 5], partitions=1)
    assert is_grouped_as(pipeline, customers(history, LIMITS))


def test_a_separation_from_what_is_over_its_limit_parts_those_named_with_it() -> None:
    names = {"customer_id": "ann", "account_id": "k2", "email": A, V: "w1", D: ["x1", "x2"]}
    history = [event("call.started", 0, "c0", identifiers=names), _apart(1, {V: "w1", D: "x2"})]
    history.append(_apart(2, {V: "w1", "customer_id": "ann"}))
    history += [event("call.started", 3, subject, identifiers={D: "x2"}) for subject in ("c3", "c4")]
    limits = {**WIDE_LIMITS, D: 5, V: 1}
    assert is_grouped_as(told(history, [1, 2, 3], limits=limits), customers(history, limits))


def _apart(number: int, names: Names) -> Raw:
    return _said("customer.separated", number, names)


def _said(type_: str, number: int, names: Names) -> Raw:
    said = event(type_, number * DAY, identifiers=names) | {"id": f"said-{number}"}
    del said["subject"]
    return said


def _call(number: int, names: Names, correction: int = 0) -> Raw:
    return event("call.started", number, f"c{number}", identifiers=names) | {"sequence": str(correction)}


K1 = {"account_id": "k1"}
BOTH = K1 | {"email": A}
ANN, BOB, CID = ({"customer_id": name} for name in ("ann", "bob", "cid"))
SHARED = {
    "they become one": [_said("customer.identified", 4, {"customer_id": ["ann", "bob"]})],
    "what they share is parted from one": [_apart(4, ANN | K1)],
    "what they share is parted from what else they share": [_apart(4, BOTH)],
    "one of them never was": [_call(0, K1, correction=1)],
    "two become one, and the third never was": [
        _call(5, CID | BOTH),
        _said("customer.identified", 6, {"customer_id": ["ann", "bob"]}),
        _call(5, {V: "v5"}, correction=1),
    ],
}


@pytest.mark.parametrize("story", SHARED)
def test_what_two_customers_share_links_nobody_while_they_are_two(story: str) -> None:
    before = [_call(0, ANN | BOTH), _call(1, BOB | BOTH), _call(2, K1)]
    history = [*before, *SHARED[story], _call(8, {"email": A})]
    pipeline = told(history, list(range(len(history))), limits=WIDE_LIMITS)
    assert is_grouped_as(pipeline, customers(history, WIDE_LIMITS))


@given(webs() | crowds(), st.randoms(use_true_random=False), st.integers(1, 5))
@settings(max_examples=EXAMPLES, deadline=None)
def test_other_limits_take_hold_some_names_at_a_time(
    history: list[Raw], shuffler: random.Random, at_a_beat: int
) -> None:
    limits = [LIMITS, WIDE_LIMITS]
    shuffler.shuffle(limits)
    before, after = limits
    pipeline = told(history, [], limits=before)
    pipeline.choose(Policy(limits=after))
    with patch.object(identities, "ANEW_AT_A_BEAT", at_a_beat):
        for beat in range(len(pipeline.stored("identities"))):  # more than there are identifiers
            pipeline.beat(RECEIVED_MS + 1000 + beat)
    assert is_grouped_as(pipeline, customers(history, after))
    written = len(pipeline.log[topics.IDENTITY_JOURNAL.name])
    pipeline.beat(RECEIVED_MS + 10_000)
    assert len(pipeline.log[topics.IDENTITY_JOURNAL.name]) == written

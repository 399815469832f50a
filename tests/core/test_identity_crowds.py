"""Crowds of names around few that they share: who is new among them."""

import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.journey_builder.identity import twins
from tests.core.examples import examples
from tests.core.test_identity import LIMITS, WIDE_LIMITS, Raw, agrees, is_grouped_as, told
from tests.core.webs import companies, corrections, crowds
from tests.oracle.build import DAY, event
from tests.oracle.identity import customers


@given(crowds(), st.randoms(use_true_random=False), st.data(), st.sampled_from([LIMITS, WIDE_LIMITS]))
@settings(max_examples=examples(250), deadline=None)
def test_newcomers_in_a_crowd_are_answered_as_the_oracle_does(
    history: list[Raw], shuffler: random.Random, data: Any, limits: dict[str, int]
) -> None:
    with patch.object(twins, "MANY_GROUPS", 1):
        agrees(history + data.draw(corrections(history)), shuffler, data, limits)


@given(companies(), st.randoms(use_true_random=False), st.data(), st.sampled_from([LIMITS, WIDE_LIMITS]))
@settings(max_examples=examples(300), deadline=None)
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
    with patch.object(twins, "MANY_GROUPS", 1):
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
    with patch.object(twins, "MANY_GROUPS", 1):
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
    return said("customer.separated", number, names)


def said(type_: str, number: int, names: Names) -> Raw:
    told_of = event(type_, number * DAY, identifiers=names) | {"id": f"said-{number}"}
    del told_of["subject"]
    return told_of


def call_naming(number: int, names: Names, correction: int = 0) -> Raw:
    return event("call.started", number, f"c{number}", identifiers=names) | {"sequence": str(correction)}


K1 = {"account_id": "k1"}
BOTH = K1 | {"email": A}
X, Y = {"email": "x@x.example"}, {"email": "y@x.example"}
ANN, BOB, CID = ({"customer_id": name} for name in ("ann", "bob", "cid"))
ONE = {"customer_id": ["ann", "bob"]}
SHARED = [call_naming(0, ANN | BOTH), call_naming(1, BOB | BOTH), call_naming(2, K1)]
BETWEEN = {
    "they become one": [*SHARED, said("customer.identified", 4, ONE)],
    "what they share is parted from one": [*SHARED, _apart(4, ANN | K1)],
    "what they share is parted from what else they share": [*SHARED, _apart(4, BOTH)],
    "one of them never was": [*SHARED, call_naming(0, K1, correction=1)],
    "two become one, and the third never was": [
        *SHARED, call_naming(5, CID | BOTH), said("customer.identified", 6, ONE),
        call_naming(5, {V: "v5"}, correction=1),
    ],
    "it led to both only by way of another": [
        call_naming(0, K1 | X), call_naming(1, K1 | Y), call_naming(2, ANN | X), call_naming(3, BOB | Y),
        call_naming(4, BOB | X),
    ],
    "they are not one any more": [
        call_naming(0, K1 | X), call_naming(1, K1 | Y),
        said("customer.identified", 2, ONE) | {"subject": "w"},
        call_naming(3, ANN | X), call_naming(4, BOB | X), call_naming(5, CID | Y),
        said("customer.identified", 2, ANN) | {"subject": "w", "sequence": "1"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("story", BETWEEN)
def test_what_two_customers_share_links_nobody_while_they_are_two(story: str) -> None:
    alone = [call_naming(10 + number, names) for number, names in enumerate([{"email": A}, X, Y, K1])]
    history = [*BETWEEN[story], *alone]
    pipeline = told(history, list(range(len(history))), limits=WIDE_LIMITS)
    assert is_grouped_as(pipeline, customers(history, WIDE_LIMITS))

"""Journeys and frictions: every filter, and pages without loss or doubles."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from schemas.data import Contact
from schemas.frictions import Kind
from schemas.journeys import JourneyState
from tests.live.conftest import Api
from tests.live.given import (
    SOURCE,
    Given,
    at,
    contact,
    customer,
    event,
    feed,
    friction,
    journey,
    retracted,
    wait,
)

ROWS = 450
PATHS: dict[str, Callable[[str, float], Given]] = {"/v1/journeys": journey, "/v1/frictions": friction}


def _page_through(api: Api, path: str, between: Any = None, **query: Any) -> list[str]:
    key, ids, cursor = ("friction_id" if "frictions" in path else "journey_id"), [], None
    while True:
        page = api.read(path, **query, **({"cursor": cursor} if cursor else {}))
        ids += [item[key] for item in page["items"]]
        if between:
            between(len(ids))
        if (cursor := page["next_cursor"]) is None:
            return ids


@pytest.mark.parametrize("path", PATHS)
def test_it_pages_without_loss_or_doubles_while_rows_arrive(engine: Engine, api: Api, path: str) -> None:
    make = PATHS[path]
    # Several at each moment, so that pages end between rows of one moment.
    feed(engine, *(make(f"old-{n:03}", n // 7) for n in range(ROWS)))
    seen = _page_through(api, path, lambda n: feed(engine, make(f"new-{n}", 9_000 + n)), limit=100)
    old = [f"old-{n:03}" for n in range(ROWS)]
    assert seen == sorted(old, key=lambda id_: (int(id_[4:]) // 7, id_), reverse=True)


@pytest.mark.parametrize("path", PATHS)
def test_the_last_page_has_no_cursor(engine: Engine, api: Api, path: str) -> None:
    feed(engine, *(PATHS[path](f"x{n}", n) for n in range(4)))
    first = api.read(path, limit=2)
    second = api.read(path, limit=2, cursor=first["next_cursor"])
    assert (first["total"], first["total_is"]) == (4, "exact")
    assert second["next_cursor"] is None
    assert api.read(path, limit=4)["next_cursor"] is None


def test_totals_stop_being_exact_behind_ten_thousand(engine: Engine, api: Api) -> None:
    feed(engine, *(friction(f"f{n}", n) for n in range(10_000)))
    assert api.read("/v1/frictions", limit=1)["total_is"] == "exact"
    feed(engine, friction("one more"))
    page = api.read("/v1/frictions", limit=1)
    assert (page["total"], page["total_is"]) == (10_000, "at_least")


@pytest.fixture
def two_journeys(engine: Engine) -> None:
    """`one` is like every default of a given journey, `other` like none."""
    other = {"tenant": "acme", "customer_key": "c2", "goal": "pay_bill", "channels": ("chat", "web_form")}
    feed(engine, journey("one"), journey("other", 60, state=JourneyState.CLOSED, **other))
    feed(engine, journey("gone", state=JourneyState.SUPERSEDED, superseded_by="one"))
    feed(engine, contact("a", journey_id="one"), contact("b", journey_id="other", customer_key="c2"))
    feed(engine, friction("f1", subject="a"), retracted("f2", subject="b"))
    feed(
        engine,
        customer("c1"),
        customer("c2", attributes={"persona": "mover", "segment": "gold", "vip": True}),
    )


@pytest.mark.usefixtures("two_journeys")
@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["other", "one"]),
        ({"state": "open"}, ["one"]),
        ({"state": "closed"}, ["other"]),
        ({"state": "superseded"}, ["gone"]),
        ({"tenant": "acme"}, ["other"]),
        ({"customer": "c2"}, ["other"]),
        ({"goal": "move_home"}, ["one"]),
        ({"channel": "web_form"}, ["other"]),
        ({"channel": "form"}, []),
        ({"channel": "WEB_FORM"}, []),
        ({"friction": "long_wait"}, ["one"]),
        ({"friction": "ivr_loop"}, []),
        ({"since": at(60)}, ["other"]),
        ({"until": at(60)}, ["one"]),
        ({"since": "2026-11-21T12:00:59.5+02:00"}, ["other"]),
        ({"persona": "mover"}, ["other"]),
        ({"persona": "gold"}, []),
        ({"segment": "gold"}, ["other"]),
        ({"segment": "gold", "persona": "mover", "state": "open"}, []),
        ({"state": "open", "tenant": "acme"}, []),
    ],
)
def test_journeys_can_be_filtered(api: Api, query: dict[str, str], ids: list[str]) -> None:
    page = api.read("/v1/journeys", **query)
    assert [item["journey_id"] for item in page["items"]] == ids
    assert page["total"] == len(ids)


@pytest.fixture
def three_frictions(engine: Engine) -> None:
    feed(engine, contact("a", customer_key="c1", journey_id="j1"), friction("f1", 1, subject="a"))
    feed(engine, contact("b", customer_key="c2", journey_id="j2", tenant="acme"))
    feed(engine, friction("f2", 2, subject="b", tenant="acme", kind=Kind.IVR_LOOP, touchpoint="node:main"))
    feed(engine, retracted("f3", 3, subject="unheard of", touchpoint="queue:sales"))


@pytest.mark.usefixtures("three_frictions")
@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["f3", "f2", "f1"]),
        ({"kind": "ivr_loop"}, ["f2"]),
        ({"kind": ["ivr_loop", "long_wait"]}, ["f3", "f2", "f1"]),
        ({"kind": "low_score"}, []),
        ({"tenant": "acme"}, ["f2"]),
        ({"customer": "c1"}, ["f1"]),
        ({"journey": "j2"}, ["f2"]),
        ({"touchpoint": "node:main"}, ["f2"]),
        ({"queue": "billing"}, ["f1"]),
        ({"state": "raised"}, ["f2", "f1"]),
        ({"state": "retracted"}, ["f3"]),
        ({"since": at(2)}, ["f3", "f2"]),
        ({"until": at(2)}, ["f1"]),
        ({"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}, ["f3", "f2", "f1"]),
    ],
)
def test_frictions_can_be_filtered(api: Api, query: dict[str, Any], ids: list[str]) -> None:
    assert api.ids("/v1/frictions", **query) == ids


@pytest.mark.usefixtures("three_frictions")
def test_a_friction_names_the_journey_and_customer_of_its_contact(engine: Engine, api: Api) -> None:
    unknown, _, known = api.read("/v1/frictions")["items"]
    assert (known["journey_id"], known["customer_key"]) == ("j1", "c1")
    assert (unknown["journey_id"], unknown["customer_key"]) == (None, None)
    assert set(known) == {
        "friction_id", "tenant", "kind", "severity", "state", "retraction", "journey_id", "customer_key",
        "contact", "touchpoint", "at", "detected_at", "rule", "rule_version", "explanation", "evidence",
        "suspect",
    }  # fmt: skip
    feed(engine, contact("a", customer_key="c9", journey_id="j9"))
    assert api.ids("/v1/frictions", customer="c9", journey="j9") == ["f1"]


@pytest.mark.usefixtures("three_frictions")
@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("kind", [("ivr_loop", 1, 0), ("long_wait", 1, 1)]),
        ("touchpoint", [("node:main", 1, 0), ("queue:billing", 1, 0), ("queue:sales", 0, 1)]),
        ("tenant", [("acme", 1, 0), ("default", 1, 1)]),
        ("queue", [("billing", 1, 0), ("sales", 0, 1)]),
    ],
)
def test_it_sums_frictions_up(api: Api, by: str, groups: list[tuple[str, int, int]]) -> None:
    summary = api.read("/v1/frictions/summary", by=by)["groups"]
    assert [(group["key"], group["raised"], group["retracted"]) for group in summary] == groups


@pytest.mark.usefixtures("three_frictions")
def test_sums_know_the_filters(api: Api) -> None:
    assert api.read("/v1/frictions/summary", customer="c1")["groups"] == [
        {"key": "long_wait", "raised": 1, "retracted": 0}
    ]
    assert api.read("/v1/frictions/summary", by="tenant", kind="ivr_loop", since=at(3))["groups"] == []


def test_it_counts_all_contacts_and_known_customers(engine: Engine, api: Api) -> None:
    feed(engine, contact("a", short_abandons=2), contact("b", 60, customer_key="c2", is_call_back=True))
    feed(engine, contact("c", 60, customer_key="c3", tenant="acme"))
    feed(
        engine,
        customer("c1", phone="+1"),
        customer("c2", is_known=False),
        customer("c3", tenant="acme", email="a@b"),
    )
    feed(engine, customer("surveyed", contacts=0, email="c@d"))
    all_, acme, late = (
        api.read("/v1/frictions/summary", **query)["counters"]
        for query in ({}, {"tenant": "acme"}, {"since": at(60)})
    )
    assert all_ == {"contacts": 3, "customers_known": 3, "short_abandons": 2, "call_backs": 1}
    assert acme == {"contacts": 1, "customers_known": 1, "short_abandons": 0, "call_backs": 0}
    assert late == {"contacts": 2, "customers_known": 1, "short_abandons": 0, "call_backs": 1}


def test_a_journey_comes_with_all_that_belongs_to_it(engine: Engine, api: Api) -> None:
    names = (Contact(SOURCE, "a"), Contact(SOURCE, "b"), Contact(SOURCE, "not yet here"))
    feed(
        engine,
        journey("j1", contacts=names),
        contact("b", 90),
        contact("a", waits=(wait("billing", 1, 5, "answered"),)),
    )
    feed(engine, friction("f1", subject="a"), friction("elsewhere", subject="x"), event("call.queued", "x"))
    feed(
        engine,
        event("call.ended", "b", 90),
        event("call.started", "b", 90),
        event("call.queued", "a", queue="billing"),
    )
    whole = api.read("/v1/journeys/j1")
    assert [(step["type"], step["contact"]["subject"]) for step in whole["steps"]] == [
        ("call.queued", "a"), ("call.started", "b"), ("call.ended", "b"),
    ]  # fmt: skip
    assert whole["steps"][0] == {
        "event_id": "call.queued-0", "source": SOURCE, "type": "call.queued", "channel": "call",
        "contact": {"source": SOURCE, "subject": "a"}, "time": at(), "data": {"queue": "billing"},
    }  # fmt: skip
    assert [(item["subject"], item["started_at"]) for item in whole["contacts"]] == [
        ("a", at()), ("b", at(90)), ("not yet here", None),
    ]  # fmt: skip
    assert whole["contacts"][0]["waits"] == [
        {"queue": "billing", "started_at": at(1), "ended_at": at(5), "how": "answered"}
    ]
    assert [item["friction_id"] for item in whole["frictions"]] == ["f1"]
    assert whole["effort"] is None


def test_a_journey_of_many_contacts_is_whole(engine: Engine, api: Api) -> None:
    subjects = [f"s{n}" for n in range(1_200)]
    feed(engine, journey("j1", contacts=tuple(Contact(SOURCE, subject) for subject in subjects)))
    steps: list[Given] = [event("call.started", subject, 1_200 - n) for n, subject in enumerate(subjects)]
    feed(engine, *steps, *(contact(subject) for subject in subjects))
    whole = api.read("/v1/journeys/j1")
    assert [step["contact"]["subject"] for step in whole["steps"]] == subjects[::-1]
    assert len(whole["contacts"]) == 1_200

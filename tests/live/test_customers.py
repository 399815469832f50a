"""The screen-pop and the customer behind it."""

import orjson
import pytest
from sqlalchemy import Engine

from schemas.journeys import JourneyState
from tests.live.conftest import Api
from tests.live.given import (
    at,
    contact,
    customer,
    event,
    feed,
    friction,
    journey,
    lone_survey,
    retracted,
    wait,
)


@pytest.fixture(autouse=True)
def ann(engine: Engine) -> None:
    feed(
        engine,
        customer(
            "ann", phone="+14155550101", email=("ann@example.com", "ann@work.example"), customer_id="A-1"
        ),
    )
    feed(
        engine,
        journey("closed", 5, customer_key="ann", state=JourneyState.CLOSED),
        journey("open", customer_key="ann"),
    )
    feed(engine, contact("a", customer_key="ann", waits=(wait("billing", 0, 200, "abandoned"),)))
    feed(engine, contact("b", 600, customer_key="ann", channel="chat", journey_id="open"))
    feed(engine, event("chat.ended", "b", 700, resolved=False))
    feed(engine, friction("f1", subject="a"))
    feed(engine, retracted("f2", subject="a"))


def test_an_agent_sees_who_is_calling_and_what_happened_before(api: Api) -> None:
    seen = api.read("/v1/customers/lookup", phone="+14155550101")
    assert seen["customer_key"] == "ann"
    assert seen["identifiers"]["customer_id"] == ["A-1"]
    assert seen["open_journey"]["journey_id"] == "open"
    assert seen["goal"] == "move_home"
    assert seen["story"] == [
        "21 Nov 10:00 – called, waited 3 min 20 s for billing, gave up.",
        "21 Nov 10:10 – chatted, it was not resolved.",
    ]
    assert [item["friction_id"] for item in seen["frictions"]] == ["f1"]
    assert seen["others"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"phone": " +1 (415) 555-0101 "},
        {"phone": "14155550101"},
        {"email": "ANN@Example.com "},
        {"email": "ann@work.example"},
        {"customer_id": "A-1"},
        {"phone": "+14155550101", "tenant": "default"},
        {"visitor_id": "unknown", "email": "ann@example.com"},
        {"customer_id": " ", "email": "ann@example.com"},
    ],
)
def test_identifiers_are_read_as_people_mean_them(api: Api, query: dict[str, str]) -> None:
    assert api.read("/v1/customers/lookup", **query)["customer_key"] == "ann"


@pytest.mark.parametrize(
    "query",
    [
        {"phone": "+1415555010"},
        {"email": "+14155550101"},
        {"customer_id": "a-1"},
        {"phone": "+14155550101", "tenant": "acme"},
    ],
)
def test_whom_nobody_knows_is_not_found(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/v1/customers/lookup", **query)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("query", [{}, {"phone": ""}, {"tenant": "default"}])
def test_it_asks_for_an_identifier(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/v1/customers/lookup", **query)
    assert answer.status_code == 422
    assert "phone" in answer.json()["detail"]


def test_the_strongest_identifier_decides(engine: Engine, api: Api) -> None:
    feed(engine, customer("bob", customer_id="B-2", phone="+2"))
    assert api.read("/v1/customers/lookup", phone="+14155550101", customer_id="B-2")["customer_key"] == "bob"


def test_of_several_owners_the_one_heard_of_last_comes_first(engine: Engine, api: Api) -> None:
    feed(engine, customer("old", phone="+3"), customer("new", phone="+3"), customer("silent", phone="+3"))
    feed(engine, contact("x", customer_key="old"), contact("y", 60, customer_key="new"))
    seen = api.read("/v1/customers/lookup", phone="+3")
    assert (seen["customer_key"], seen["others"]) == ("new", ["old", "silent"])


def test_a_customer_without_open_journey_still_has_a_goal(engine: Engine, api: Api) -> None:
    feed(engine, customer("bob", phone="+2"), contact("x", customer_key="bob", goal="pay_bill"))
    seen = api.read("/v1/customers/lookup", phone="+2")
    assert (seen["open_journey"], seen["goal"]) == (None, "pay_bill")


def test_a_survey_about_no_contact_is_seen_and_counts_as_none(engine: Engine, api: Api) -> None:
    before = api.read("/v1/customers/ann/screen-pop"), api.read("/v1/frictions/summary")["counters"]
    feed(engine, friction("f3", subject="survey:s1"), lone_survey("survey:s1", "ann"))
    seen = api.read("/v1/customers/ann/screen-pop")
    assert {item["friction_id"]: item["customer_key"] for item in seen["frictions"]} == {
        "f1": "ann",
        "f3": "ann",
    }
    counters = api.read("/v1/frictions/summary")["counters"]
    assert (seen | {"frictions": before[0]["frictions"]}, counters) == before


def test_a_customer_is_read_by_key(api: Api) -> None:
    assert api.read("/v1/customers/ann")["is_known"] is True
    assert api.get("/v1/customers/nobody").status_code == 404


def test_a_customer_s_journeys_are_listed(engine: Engine, api: Api) -> None:
    feed(engine, journey("somebody else's", 9))
    assert api.ids("/v1/customers/ann/journeys") == ["closed", "open"]
    assert api.ids("/v1/customers/ann/journeys", state="open") == ["open"]
    assert api.ids("/v1/customers/ann/journeys", customer="c1", until=at(5)) == ["open"]
    assert api.get("/v1/customers/nobody/journeys").status_code == 404


def test_an_event_may_have_no_data(engine: Engine, api: Api) -> None:
    ended = event("call.ended", "a", 100)
    document = orjson.loads(ended.value or b"") | {"data": None}
    feed(engine, ended._replace(value=orjson.dumps(document)))
    assert "called" in api.read("/v1/customers/lookup", phone="+14155550101")["story"][0]

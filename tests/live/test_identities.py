"""One customer over many names, as readers see it, and what a person decides of it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from schemas.codec import parse_event
from schemas.events import precedence
from schemas.identities import Proof, Word
from schemas.times import SECOND_US
from services.live.app import create_app
from services.settings import Settings
from tests.live.conftest import Api
from tests.live.given import SOURCE, START_US, at, contact, customer, decided, feed, journey

PHONE = "+14155550101"
MAIL = "bob@x.example"
CHANGES = [{"type": "phone", "value": PHONE, "before": "ann", "customer_key": "bob"}]


@pytest.fixture(autouse=True)
def people(engine: Engine) -> None:
    feed(engine, customer("ann", customer_id="A", phone=PHONE, email=MAIL), customer("bob", email=MAIL))
    feed(engine, customer("old", is_known=False, merged_into="ann", contacts=0))
    feed(engine, contact("a", customer_key="ann"), contact("b", customer_key="bob"))
    feed(engine, journey("j", customer_key="ann"))
    feed(engine, decided(1, "phone", PHONE, "ann", own_key="old", before="old"))
    feed(engine, decided(2, "email", MAIL, "ann", own_key="bob", before="bob"))
    feed(engine, decided(3, "email", MAIL, "bob", own_key="bob", before="ann", word=Word.SEPARATED))


@pytest.fixture
def said() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def deciding(engine: Engine, settings: Settings, said: list[dict[str, Any]]) -> Iterator[TestClient]:
    async def publish(_: Settings, events: list[dict[str, Any]]) -> None:
        said.extend(events)

    async def try_out(*_: Any) -> list[dict[str, Any]]:
        return CHANGES

    app = create_app(settings, engine, now_us=count(START_US, SECOND_US).__next__)
    app.state.publish, app.state.try_out = publish, try_out
    with TestClient(app) as client:
        yield client


def test_a_merged_key_says_into_whom(api: Api) -> None:
    assert api.read("/v1/customers/old")["merged_into"] == "ann"
    assert api.read("/v1/customers/old/screen-pop")["customer_key"] == "ann"
    assert [item["journey_id"] for item in api.read("/v1/customers/old/journeys")["items"]] == ["j"]
    assert api.read("/v1/customers/ann")["merged_into"] is None


def test_a_key_that_never_had_a_contact_says_whose_its_identifier_is(engine: Engine, api: Api) -> None:
    feed(engine, decided(4, "visitor_id", "v1", "old", own_key="v"), decided(5, "device_id", "d", None))
    assert api.read("/v1/customers/v")["merged_into"] == "ann"
    assert api.get("/v1/customers/device_id-d").status_code == 404


def test_what_was_separated_is_not_shown_with_whom_it_was_named(api: Api) -> None:
    assert api.read("/v1/customers/ann")["identifiers"] == {"customer_id": ["A"], "phone": [PHONE]}
    assert api.read("/v1/customers/bob")["identifiers"] == {"email": [MAIL]}


def test_what_is_blocked_later_is_nobodys_and_what_never_counted_changes_nothing(
    engine: Engine, api: Api
) -> None:
    feed(engine, decided(4, "visitor_id", "v1", "ann", own_key="v"))
    # Told of the strongest identifier that the junk was named with.
    junk = decided(5, "email", "null", "ann", own_key="v", before="ann", word=Word.BLOCKED, is_news=False)
    feed(engine, junk)
    assert api.read("/v1/customers/v")["merged_into"] == "ann"
    feed(engine, decided(6, "visitor_id", "v1", None, own_key="v", before="ann", word=Word.BLOCKED))
    assert api.get("/v1/customers/v").status_code == 404


def test_an_identifier_is_looked_up_where_it_was_decided_to_belong(api: Api) -> None:
    found = api.read("/v1/customers/lookup", email=MAIL)
    assert (found["customer_key"], found["others"]) == ("bob", [])
    assert api.read("/v1/customers/lookup", phone=PHONE)["customer_key"] == "ann"


def test_the_journal_says_what_was_decided_and_why(api: Api) -> None:
    seen = api.read("/v1/customers/ann/identifiers")
    assert [(one["type"], one["state"]) for one in seen["identifiers"]] == [
        ("customer_id", "named"),
        ("phone", "linked"),
    ]
    assert [(one["seq"], one["word"]) for one in seen["journal"]["items"]] == [
        (3, "separated"),
        (2, "linked"),
        (1, "linked"),
    ]
    first = api.read("/v1/customers/ann/identifiers", limit=2)["journal"]
    rest = api.read("/v1/customers/ann/identifiers", cursor=first["next_cursor"])["journal"]
    assert [one["seq"] for one in [*first["items"], *rest["items"]]] == [3, 2, 1]
    assert first["total"] == 3
    assert rest["next_cursor"] is None
    assert api.get("/v1/customers/ann/identifiers", cursor=2**63).status_code == 422


def test_an_identifier_says_who_or_what_linked_it(engine: Engine, api: Api) -> None:
    proof = Proof("e7", SOURCE, "customer.identified", at(4))
    said = {"by": "Ann", "why": "she said so", "evidence": (proof,)}
    feed(engine, decided(4, "phone", PHONE, "ann", own_key="old", before="bob", **said))
    number, phone = api.read("/v1/customers/ann/identifiers")["identifiers"]
    assert (phone["since"], phone["by"], phone["why"]) == (at(4), "Ann", "she said so")
    assert [one["event_id"] for one in phone["evidence"]] == ["e7"]
    assert (number["since"], number["by"], number["why"], number["evidence"]) == (None, None, None, [])


def test_a_person_merges_two_customers(
    engine: Engine, deciding: TestClient, said: list[dict[str, Any]]
) -> None:
    body = {"with": "bob", "by": "Ann", "why": "she said so"}
    answer = deciding.post("/v1/customers/old/merge", params={"dry_run": True}, json=body)
    assert answer.status_code == 200, answer.text
    assert said == []
    assert answer.json()["customers"] == ["ann", "bob"]
    assert answer.json()["contacts"] == 2
    assert answer.json()["changes"] == CHANGES
    for _ in range(2):
        done = deciding.post("/v1/customers/old/merge", json=body, headers={"Idempotency-Key": "1"})
        assert done.status_code == 200, done.text
    first, second = said
    assert first["id"] == second["id"], "the same decision is the same event"
    assert first["time"] < second["time"]
    event, again = parse_event(first), parse_event(second)
    # Else the retry could undo what was decided in between.
    assert precedence(event.sequence, b"", "run") > precedence(again.sequence, b"\xff", None)
    feed(engine, customer("cid", customer_id="C"))
    other = body | {"with": "cid"}
    deciding.post("/v1/customers/old/merge", json=other, headers={"Idempotency-Key": "1"})
    assert said[-1]["id"] != event.id, "of another customer it is another decision"
    assert event.type == "customer.identified"
    assert event.data.identifiers == {"customer_id": ["A"], "email": [MAIL]}
    assert event.data.agent == "Ann"


def test_a_merge_names_identifiers_that_link(
    engine: Engine, deciding: TestClient, said: list[dict[str, Any]]
) -> None:
    feed(engine, customer("cid", email="guest@x.example", visitor_id="v9"))
    feed(engine, decided(4, "email", "guest@x.example", None, before="cid", word=Word.BLOCKED))
    body = {"with": "cid", "by": "Ann"}
    assert deciding.post("/v1/customers/ann/merge", json=body).status_code == 200
    assert parse_event(said[0]).data.identifiers == {"customer_id": ["A"], "visitor_id": ["v9"]}
    feed(engine, decided(5, "visitor_id", "v9", None, before="cid"))
    answer = deciding.post("/v1/customers/ann/merge", json=body)
    assert answer.status_code == 422
    assert "only by identifiers that link nobody" in answer.text
    assert len(said) == 1


def test_a_person_separates_a_phone(deciding: TestClient, said: list[dict[str, Any]]) -> None:
    body = {"identifiers": {"phone": PHONE}, "by": "Ann"}
    answer = deciding.post("/v1/customers/ann/separate", params={"dry_run": True}, json=body)
    assert answer.json()["leaving"] == [{"type": "phone", "value": PHONE}]
    assert said == []
    deciding.post("/v1/customers/ann/separate", json=body)
    assert [one["type"] for one in said] == ["customer.separated"]
    assert said[0]["data"]["identifiers"] == {"phone": [PHONE], "customer_id": ["A"]}


def test_a_separation_said_again_is_answered_as_before(
    engine: Engine, deciding: TestClient, said: list[dict[str, Any]]
) -> None:
    body = {"identifiers": {"phone": [PHONE, PHONE]}, "by": "Ann"}

    def separate(key: str | None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return deciding.post("/v1/customers/ann/separate", json=body, headers=headers)

    assert len(separate("1").json()["decided"]) == 1
    feed(engine, decided(4, "phone", PHONE, "bob", own_key="old", before="ann", word=Word.SEPARATED))
    feed(engine, customer("ann", customer_id="A", email=MAIL))
    again = separate("1")
    assert (again.status_code, again.json()["decided"]) == (200, [])
    assert separate(None).status_code == 422
    nothing = {"identifiers": {}, "by": "Ann"}
    refused = deciding.post("/v1/customers/ann/separate", json=nothing, headers={"Idempotency-Key": "1"})
    assert refused.status_code == 422
    feed(engine, decided(5, "phone", PHONE, "ann", own_key="old", before="bob"))
    feed(engine, customer("ann", customer_id="A", phone=PHONE, email=MAIL))
    assert len(separate("2").json()["decided"]) == 1
    first, last = said
    assert first["id"] != last["id"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nobody/merge", {"with": "ann", "by": "x"}, 404),
        ("ann/merge", {"with": "nobody", "by": "x"}, 404),
        ("ann/merge", {"with": "bob"}, 422),
        ("ann/separate", {"identifiers": {"phone": "+1"}, "by": "x"}, 422),
        ("bob/separate", {"identifiers": {"email": MAIL}, "by": "x"}, 422),
        ("ann/separate", {"identifiers": {"phone": PHONE, "fax": "1"}, "by": "x"}, 422),
    ],
)
def test_what_cannot_be_decided_is_refused(
    deciding: TestClient, said: list[dict[str, Any]], path: str, body: dict[str, Any], status: int
) -> None:
    answer = deciding.post(f"/v1/customers/{path}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert said == []


def test_who_is_already_one_needs_no_decision(deciding: TestClient, said: list[dict[str, Any]]) -> None:
    answer = deciding.post("/v1/customers/old/merge", json={"with": "ann", "by": "x"})
    assert answer.json()["decided"] == []
    assert said == []

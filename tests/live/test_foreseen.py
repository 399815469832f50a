"""What a dry run of a merge or a separation foresees: contacts that would move, journeys concerned."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from schemas.identities import Word
from schemas.journeys import JourneyState
from services.live.app import create_app
from services.live.core.moving import Names, Verdicts, strongest_first
from services.live.store import moving
from services.settings import Settings
from tests.live.given import START_US, at, contact, customer, decided, event, feed, journey, lone_survey

PHONE, MAIL = "+4917112345678", "bob@x.example"
Changes = list[dict[str, Any]] | None
A, B, TEL, MAILED = ("customer_id", "A"), ("customer_id", "B"), ("phone", PHONE), ("email", MAIL)


def change(name: tuple[str, str], before: str | None, after: str | None) -> dict[str, Any]:
    return {"type": name[0], "value": name[1], "before": before, "customer_key": after}


@pytest.fixture
def would() -> Changes:
    """What the journey builder answers."""
    return []


@pytest.fixture
def client(engine: Engine, settings: Settings, would: Changes) -> Iterator[TestClient]:
    feed(engine, customer("ann", customer_id="A", phone=PHONE, email=MAIL), customer("bob", customer_id="B"))
    feed(engine, decided(1, "phone", PHONE, "ann"), decided(2, "email", MAIL, "ann"))
    named: dict[str, dict[str, Any]] = {
        "a1": {"customer_id": "A", "phone": PHONE},
        "a2": {"phone": "0171 1234-5678"},
        "a3": {"email": "Bob@X.example", "customer_id": ["null"]},
        "a4": {"phone": [PHONE], "email": MAIL},
        "b1": {"customer_id": "B"},
    }
    for n, (subject, names) in enumerate(named.items()):
        feed(engine, contact(subject, n, customer_key="ann" if subject[0] == "a" else "bob"))
        feed(
            engine,
            event("call.started", subject, n),
            event("call.answered", subject, n + 1, identifiers=names),
        )
    feed(engine, lone_survey("survey:s1", "ann"))
    feed(engine, journey("ja", 3, customer_key="ann"), journey("jb", 9, customer_key="bob", goal=None))
    feed(engine, journey("jx", 5, customer_key="ann", state=JourneyState.SUPERSEDED, superseded_by="ja"))
    feed(engine, journey("other", 5, customer_key="cid"))

    async def try_out(*_: Any) -> Changes:
        return would

    app = create_app(settings, engine, now_us=lambda: START_US)
    app.state.try_out = try_out
    with TestClient(app) as client:
        yield client


def tried(client: TestClient, verb: str, body: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/customers/ann/{verb}"
    answer = client.post(path, params={"dry_run": True}, json={"by": "Ann", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_merge_moves_all_contacts_of_the_one_who_loses_his_key(client: TestClient, would: Changes) -> None:
    assert would is not None
    would += [change(B, "bob", "ann")]
    answer = tried(client, "merge", {"with": "bob"})
    assert (answer["contacts_moving"], answer["contacts_moving_is"], answer["contacts"]) == (1, "exact", 5)
    would[:] = [change(one, "ann", "bob") for one in (A, TEL, MAILED)]
    assert tried(client, "merge", {"with": "bob"})["contacts_moving"] == 4
    assert answer["journeys_total"] == 2
    itself = tried(client, "merge", {"with": "ann"})
    assert (itself["decided"], itself["customers"], itself["contacts"]) == ([], ["ann"], 4)
    shown = {"state": "open", "opened_at": at()}
    assert answer["journeys"] == [
        {"journey_id": "jb", "customer_key": "bob", "goal": None, **shown},
        {"journey_id": "ja", "customer_key": "ann", "goal": "move_home", **shown},
    ]


def test_what_was_silent_for_long_may_not_move(engine: Engine, client: TestClient, would: Changes) -> None:
    assert would is not None
    would += [change(B, "bob", "ann")]
    old = -36 * 86_400
    feed(
        engine,
        contact("b0", old, customer_key="bob"),
        event("call.answered", "b0", old, identifiers={"customer_id": "B"}),
    )
    answer = tried(client, "merge", {"with": "bob"})
    assert (answer["contacts_moving"], answer["contacts_moving_is"]) == (1, "at_least")


def test_a_separation_moves_the_contacts_that_name_no_stronger_identifier(
    client: TestClient, would: Changes
) -> None:
    assert would is not None
    would += [change(TEL, "ann", "tel")]
    answer = tried(client, "separate", {"identifiers": {"phone": PHONE}})
    # Whom the phone alone names, also as it is written at home; not where the e-mail stands beside it.
    assert answer["contacts_moving"] == 1
    assert [one["journey_id"] for one in answer["journeys"]] == ["ja"]
    would[:] = [change(MAILED, "ann", "mail")]
    assert tried(client, "separate", {"identifiers": {"email": MAIL}})["contacts_moving"] == 2


def test_who_shares_an_identifier_that_is_freed_is_concerned(
    engine: Engine, client: TestClient, would: Changes
) -> None:
    assert would is not None
    feed(engine, customer("cid", is_known=False, device_id="d"), contact("c", 7, customer_key="cid"))
    feed(engine, event("call.started", "c", 7, identifiers={"device_id": "d"}))
    feed(engine, decided(3, "device_id", "d", None, word=Word.REFUSED))
    would += [change(("device_id", "d"), None, "ann")]
    answer = tried(client, "merge", {"with": "bob"})
    assert answer["contacts_moving"] == 1
    assert {one["journey_id"] for one in answer["journeys"]} == {"ja", "jb", "other"}
    would[:] = [change(("device_id", "d"), None, None)]
    assert tried(client, "merge", {"with": "bob"})["contacts_moving"] == 0


def test_who_is_already_one_sees_nothing_move(client: TestClient) -> None:
    answer = tried(client, "merge", {"with": "ann"})
    assert (answer["decided"], answer["changes"], answer["contacts_moving"]) == ([], [], 0)


@pytest.mark.parametrize("would", [None])
def test_a_builder_that_is_silent_leaves_the_journeys(client: TestClient) -> None:
    answer = tried(client, "merge", {"with": "bob"})
    assert answer["changes"] is answer["contacts_moving"] is answer["contacts_moving_is"] is None
    assert answer["journeys_total"] == 2


def test_very_many_contacts_are_counted_as_far_as_they_are_looked_at(
    client: TestClient, would: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert would is not None
    would += [change(one, "ann", "bob") for one in (A, TEL, MAILED)]
    monkeypatch.setattr(moving, "CONTACTS_MAX", 2)
    answer = tried(client, "merge", {"with": "bob"})
    assert (answer["contacts_moving"], answer["contacts_moving_is"]) == (1, "at_least")


def test_a_name_that_links_no_more_gives_the_contact_to_the_next_one() -> None:
    verdicts = Verdicts([change(TEL, "ann", None), change(B, "bob", "ann")], silent={("device_id", "d")})
    assert not verdicts.moves("ann", [A, TEL])
    assert verdicts.moves("ann", [TEL, MAILED])
    assert verdicts.moves("ann", [("device_id", "d"), TEL])
    assert verdicts.moves("bob", [B])
    assert not verdicts.moves("ann", [B])
    assert not verdicts.moves("ann", [])


def test_of_one_type_the_last_one_named_comes_first() -> None:
    steps = [{"data": {"identifiers": {"customer_id": name}}} for name in ("A", "B", "A", "unknown")]
    assert strongest_first([*steps, {"data": {}}], Names([A, B])) == [A, B]
    apart = {"type": "customer.separated", "data": {"identifiers": {"customer_id": "B"}}}
    assert strongest_first([*steps, apart], Names([A, B])) == [A, B]


def test_the_api_says_what_a_dry_run_answers(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    call = described["paths"]["/v1/customers/{customer_key}/separate"]["post"]
    name = call["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = described["components"]["schemas"][name]["properties"]
    assert {"leaving", "changes", "contacts_moving", "journeys"} <= fields.keys()

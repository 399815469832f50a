"""`repeat_authentication`: the 2nd authentication that succeeds in one journey."""

from typing import Any

from tests.core.given import DAY, Told, entered, event, mine, raised

KIND = "repeat_authentication"


def proof(at: float, subject: str, type_: str = "call.authenticated", **data: Any) -> dict[str, Any]:
    return event(type_, at, subject, **({"succeeded": True} | data))


def test_the_second_that_succeeds_is_one_in_its_contact() -> None:
    events = [
        proof(0, "c1"),
        proof(9, "c1", succeeded=False),
        proof(3600, "c2", queue="billing"),
        proof(3700, "c2"),
    ]
    assert raised(KIND, mine(events)) == [Told("c2", 3600, "queue:billing", ("authenticated",) * 2)]


def test_in_the_ivr_it_is_at_the_last_node_else_at_the_channel() -> None:
    ivr = [*entered("ab", subject="c1"), proof(5, "c1", "ivr.authenticated")]
    again = [
        event("chat.started", 20, "c2"),
        proof(30, "c2", "chat.authenticated"),
        proof(40, "c2", "chat.authenticated"),
    ]
    assert [one.touchpoint for one in raised(KIND, mine([*ivr, proof(9, "c1")]))] == ["channel:call"]
    assert [one.touchpoint for one in raised(KIND, mine(again))] == ["channel:chat"]
    assert [one.touchpoint for one in raised(KIND, mine([proof(0, "c0"), *ivr]))] == ["node:b"]


def test_another_journey_counts_for_itself() -> None:
    assert raised(KIND, mine([proof(0, "c1"), proof(30 * DAY, "c2")])) == []

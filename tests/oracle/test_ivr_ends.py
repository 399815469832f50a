"""The IVR's dead ends, and what a machine contained that then needed a person."""

from typing import Any

import pytest

from .build import DAY, MS, call, event, found, mine, moments

Events = list[dict[str, Any]]


def ended(reason: str, *steps: str) -> Events:
    """Ends at 10 s."""
    told = [event(f"ivr.{step}", at, node=f"n{at}") for at, step in enumerate(steps, 1)]
    return [event("ivr.started", 0), *told, event("ivr.ended", 10, reason=reason)]


@pytest.mark.parametrize(
    ("reason", "at"),
    [("disconnected", [10]), ("customer_hangup", []), ("contained", []), ("transferred", [])],
)
def test_disconnected_is_a_dead_end_by_itself(reason: str, at: list[float]) -> None:
    assert moments("ivr_dead_end", ended(reason, "menu_entered", "option_selected")) == at


@pytest.mark.parametrize(
    ("steps", "at"),
    [
        (["input_failed"], [10]),
        (["input_failed", "menu_entered"], [10]),
        (["input_failed", "option_selected"], []),
        (["option_selected", "input_failed"], [10]),
        ([], []),
    ],
)
def test_a_hangup_is_a_dead_end_if_the_last_step_failed(steps: list[str], at: list[float]) -> None:
    assert moments("ivr_dead_end", ended("customer_hangup", *steps)) == at
    assert moments("ivr_dead_end", ended("contained", *steps)) == []


@pytest.mark.parametrize(("succeeded", "count"), [(True, 0), (False, 1)])
def test_a_failed_authentication_is_a_failed_step(succeeded: bool, count: int) -> None:
    told = [*ended("customer_hangup", "input_failed"), event("ivr.authenticated", 5, succeeded=succeeded)]
    assert len(found("ivr_dead_end", told)) == count


def test_a_dead_end_is_at_the_last_node_of_any_event_before() -> None:
    (dead,) = found("ivr_dead_end", ended("customer_hangup", "menu_entered", "input_failed", "menu_entered"))
    assert dead.touchpoint == "node:n3"
    assert dead.evidence == ("c1:ivr.input_failed@2", "c1:ivr.ended@10")
    (dead,) = found("ivr_dead_end", [event("ivr.ended", 10, reason="disconnected", node="after")])
    assert (dead.touchpoint, dead.evidence) == ("channel:ivr", ("c1:ivr.ended@10",))


def test_a_contact_has_one_dead_end() -> None:
    assert moments(
        "ivr_dead_end", [*ended("disconnected"), event("ivr.ended", 20, reason="disconnected")]
    ) == [10]


CONTAINED = [
    event("ivr.menu_entered", 0, "a", node="faq"),
    event("ivr.ended", 100, "a", reason="contained"),
]


@pytest.mark.parametrize(("after", "count"), [(0, 1), (DAY, 1), (DAY + MS, 0), (-MS, 0)])
def test_containment_is_false_if_a_person_is_reached_within_24_h(after: float, count: int) -> None:
    talk = [event("call.answered", 100 + after, "b")]
    assert moments("false_containment", mine(CONTAINED + talk)) == [100 + after] * count


@pytest.mark.parametrize(
    ("person", "count"),
    [
        (event("chat.message_sent", 200, "b", by="agent"), 1),
        (event("chat.message_sent", 200, "b", by="bot"), 0),
        (event("chat.handed_over", 200, "b", to="agent"), 0),
        (event("email.replied", 200, "b"), 1),
        (event("social.replied", 200, "b"), 1),
        (event("call.answered", 200, "a"), 0),
    ],
)
def test_a_person_of_another_contact_by_what_he_does(person: dict[str, Any], count: int) -> None:
    assert len(found("false_containment", mine([*CONTAINED, person]))) == count


def test_our_own_call_and_another_customer_reach_nobody() -> None:
    ours = mine(CONTAINED + call("b", 200, 300, direction="outbound"))
    assert found("false_containment", ours) == []
    assert found("false_containment", mine(CONTAINED) + mine(call("b", 200, 300), "bob")) == []


def test_the_other_contact_may_have_started_earlier() -> None:
    earlier = [event("chat.started", -500, "b"), event("chat.message_sent", 150, "b", by="agent")]
    (false,) = found("false_containment", mine(CONTAINED + earlier))
    assert (false.subject, false.touchpoint) == ("a", "node:faq")
    assert false.evidence == ("a:ivr.ended@100", "b:chat.message_sent@150")


@pytest.mark.parametrize(("bot", "place"), [({"bot": "faq"}, "bot:faq"), ({}, "channel:chat")])
def test_a_bot_contains_too(bot: dict[str, str], place: str) -> None:
    chat = [
        event("chat.message_sent", 0, "a", by="bot", **bot),
        event("chat.ended", 9, "a", reason="contained"),
    ]
    (false,) = found("false_containment", mine(chat + call("b", 20, 30)))
    assert (false.touchpoint, false.source) == (place, "//acme/pbx")


def test_what_ended_otherwise_was_not_contained() -> None:
    went_on = [event("call.queued", 110, "a"), event("call.abandoned", 120, "a")]
    assert found("false_containment", mine(CONTAINED + went_on + call("b", 200, 300))) == []

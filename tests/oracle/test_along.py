"""What a whole journey decides: authenticated again, and a third channel."""

from typing import Any

import pytest

from .build import DAY, HOUR, PBX, call, event, found, mine, moments

Events = list[dict[str, Any]]


def proof(at: float, subject: str = "a", type_: str = "call.authenticated", **data: Any) -> dict[str, Any]:
    return event(type_, at, subject, **({"succeeded": True} | data))


@pytest.mark.parametrize(
    ("second", "count"),
    [({}, 1), ({"succeeded": False}, 0), ({"succeeded": None}, 0), ({"type_": "call.held"}, 0)],
)
@pytest.mark.parametrize("subject", ["a", "b"])
def test_repeat_authentication_is_the_second_that_succeeded(
    second: dict[str, Any], count: int, subject: str
) -> None:
    proofs = found("repeat_authentication", mine([proof(0), proof(9, subject, **second)]))
    assert [one.subject for one in proofs] == [subject] * count


def test_repeat_authentication_is_once_a_journey() -> None:
    thrice = [proof(0), proof(9, "b"), proof(20, "b"), proof(30, "c")]
    (again,) = found("repeat_authentication", mine(thrice))
    assert again.evidence == ("a:call.authenticated@0", "b:call.authenticated@9")


def test_another_journey_or_customer_counts_by_itself() -> None:
    assert found("repeat_authentication", mine([proof(0), proof(4 * DAY, "b")])) == []
    assert found("repeat_authentication", mine([proof(0)]) + mine([proof(9, "b")], "bob")) == []


@pytest.mark.parametrize(
    ("before", "type_", "place"),
    [
        ([event("ivr.menu_entered", 5, node="pin")], "ivr.authenticated", "node:pin"),
        ([event("call.queued", 5, queue="q")], "ivr.authenticated", "queue:q"),
        ([event("ivr.menu_entered", 5, node="pin")], "call.authenticated", "channel:call"),
        ([event("call.queued", 5, queue="q")], "call.authenticated", "queue:q"),
        ([], "ivr.authenticated", "channel:ivr"),
        ([], "chat.authenticated", "channel:chat"),
    ],
)
def test_repeat_authentication_is_where_it_was_asked(before: Events, type_: str, place: str) -> None:
    twice = [proof(at, "c1", type_) for at in (0, 9)]
    assert [one.touchpoint for one in found("repeat_authentication", before + twice)] == [place]


MAIL = event("email.received", 100, "b")
CHAT = event("chat.started", 200, "c")


def test_channel_switch_is_the_third_channel() -> None:
    assert found("channel_switch", mine([*call("a", 0, 50), MAIL])) == []
    (switch,) = found(
        "channel_switch", mine([*call("a", 0, 50), MAIL, CHAT, event("social.posted", 300, "d")])
    )
    assert (switch.subject, switch.touchpoint) == ("c", "channel:chat")
    assert switch.evidence == ("a:call.started@0", MAIL["id"], CHAT["id"])


def test_ivr_and_call_are_one_channel_also_across_contacts() -> None:
    ivr = event("ivr.started", 150, "x")
    assert found("channel_switch", mine([*call("a", 0, 50), ivr, MAIL])) == []
    (switch,) = found("channel_switch", mine([MAIL, event("social.posted", 110, "s"), ivr]))
    assert switch.touchpoint == "channel:call"


@pytest.mark.parametrize(
    "other",
    [
        event("ticket.opened", 150, "x"),
        event("touchpoint.happened", 150, "x"),
        event("agent.noted", 150, "x"),
        event("web_form.page_loaded", 150, "x", page="/move"),
        event("web_form.started", 150, "x", form_id="f"),
        event("survey.answered", 150, "x", about={"source": PBX, "subject": "b"}),
        event("call.started", 150, "x", direction="outbound"),
    ],
)
def test_what_is_no_channel(other: dict[str, Any]) -> None:
    assert found("channel_switch", mine([MAIL, CHAT, other])) == []


def test_a_form_is_a_channel_from_its_first_change() -> None:
    form = [
        event(f"web_form.{verb}", at, "f", form_id="x")
        for verb, at in (("viewed", 150), ("field_changed", 250))
    ]
    (switch,) = found("channel_switch", mine([MAIL, CHAT, *form]))
    assert (switch.subject, switch.touchpoint, switch.evidence[-1]) == (
        "f",
        "channel:web_form",
        form[1]["id"],
    )


def solved(resolved: bool | None, at: float = 150) -> Events:
    return [event("call.started", 0, "a"), event("call.ended", at, "a", resolved=resolved)]


@pytest.mark.parametrize(
    ("more", "at"),
    [
        (solved(None), [200]),
        (solved(False), [200]),
        (solved(True), []),
        (solved(True, 50), [200]),
        ([*solved(True), event("ticket.opened", 180, "t")], [200]),
        ([*solved(True), event("chat.ended", 180, "b", resolved=False)], [200]),
        ([*solved(None), event("web_form.submitted", 150, "b", form_id="f")], []),
        ([*solved(None), event("ticket.opened", 0, "t"), event("ticket.resolved", 150, "t")], []),
        ([*solved(True), event("ticket.opened", 0, "t"), event("ticket.reopened", 180, "t")], [200]),
    ],
)
def test_channel_switch_needs_a_journey_unresolved_just_before(more: Events, at: list[float]) -> None:
    assert moments("channel_switch", mine([*more, MAIL, CHAT])) == at


def test_a_third_channel_of_a_solved_journey_is_none_later_either() -> None:
    fourth = event("social.posted", 300, "d")
    assert found("channel_switch", mine([*solved(True), MAIL, CHAT, fourth])) == []


def test_other_journeys_have_channels_of_their_own() -> None:
    late = event("chat.started", 100 + 72 * HOUR + 1, "c")
    assert found("channel_switch", mine([*call("a", 0, 50), MAIL, late])) == []

"""How a contact was served, as readers are told: what KPIs are made of."""

from collections.abc import Iterable
from typing import Any

import pytest

from schemas.contacts import Handling, Resolved, Service
from schemas.times import SECOND_US
from tests.core.given import DAY, HOUR, call, event, fed, mine, us


def served(events: Iterable[dict[str, Any]], subject: str = "a") -> Service:
    (service,) = (
        head.service for (_, _, name), head in fed(mine(list(events))).contacts().items() if name == subject
    )
    return service


def test_a_call_is_handled_from_its_answer_to_its_end() -> None:
    service = served(
        [
            event("call.started", 0, "a"),
            event("call.queued", 5, "a", queue="billing"),
            event("call.answered", 30, "a"),
            event("call.held", 60, "a"),
            event("call.resumed", 80, "a"),
            event("call.ended", 130, "a", resolved=True),
        ]
    )
    assert service == Service(
        may_repeat=True,
        may_be_repeated=True,
        reached_us=us(30),
        left_machine=True,
        handling=Handling(100 * SECOND_US, 20 * SECOND_US),
        resolved=Resolved.YES,
        resolved_us=us(130),
    )


def test_waits_after_a_transfer_are_no_handling() -> None:
    service = served(
        [
            event("call.queued", 0, "a", queue="billing"),
            event("call.answered", 10, "a"),
            event("call.transferred", 40, "a", from_queue="billing", to_queue="sales"),
            event("call.queued", 41, "a", queue="sales"),
            event("call.answered", 100, "a"),
            event("call.ended", 120, "a"),
        ]
    )
    assert (service.handling, service.transfers) == (Handling((31 + 20) * SECOND_US), 1)


def test_who_is_passed_on_and_gives_up_was_handled_until_then() -> None:
    service = served(
        [
            event("call.queued", 0, "a", queue="billing"),
            event("call.answered", 10, "a"),
            event("call.transferred", 40, "a", to_queue="sales"),
            event("call.queued", 41, "a", queue="sales"),
            event("call.abandoned", 100, "a"),
        ]
    )
    assert service.handling == Handling(31 * SECOND_US)


def test_who_reached_nobody_was_not_handled() -> None:
    service = served([event("call.queued", 0, "a", queue="billing"), event("call.abandoned", 60, "a")])
    assert (service.reached_us, service.handling) == (None, None)


def test_our_own_call_reaches_nobody_and_repeats_nothing() -> None:
    service = served([*call("a", 0, 60, direction="outbound"), event("call.answered", 5, "a")])
    assert (service.may_repeat, service.reached_us, service.handling) == (False, None, None)


def test_mail_lies_in_between() -> None:
    service = served([event("email.received", 0, "a"), event("email.replied", HOUR, "a")])
    assert (service.reached_us, service.handling) == (us(HOUR), None)


@pytest.mark.parametrize(
    ("met", "events"),
    [
        (True, [event("ivr.started", 0, "a"), *call("a", 5, 9)]),
        (True, [event("ivr.menu_entered", 0, "a", node="main", options=3)]),
        (True, [event("chat.message_sent", 0, "a", by="bot")]),
        (True, [event("chat.handed_over", 0, "a", **{"from": "bot", "to": "agent"})]),
        (True, [event("chat.ended", 0, "a", reason="contained")]),
        (True, [event("ivr.input_failed", 0, "a", node="main", reason="no_input")]),
        (True, [event("chat.started", 0, "a", bot="faq")]),
        (True, [event("ivr.ended", 0, "a", reason="contained"), *call("a", 5, 9)]),
        (False, [event("chat.message_sent", 0, "a", by="customer")]),
        (False, call("a", 0, 9)),
    ],
)
def test_an_ivr_or_a_bot_had_a_part_in_it(met: bool, events: list[dict[str, Any]]) -> None:
    assert served(events).met_machine is met


def test_a_machine_that_said_that_it_was_enough() -> None:
    contained = [event("ivr.started", 0, "a"), event("ivr.ended", 9, "a", reason="contained")]
    assert served(contained).is_contained
    assert not served([*contained, event("call.answered", 20, "a")]).is_contained


@pytest.mark.parametrize(
    ("left", "events"),
    [
        (False, [event("ivr.started", 0, "a"), event("ivr.ended", 9, "a", reason="customer_hangup")]),
        (True, [event("ivr.started", 0, "a"), event("ivr.ended", 9, "a", reason="transferred")]),
        (
            True,
            [event("ivr.started", 0, "a"), event("call.queued", 9, "a"), event("call.abandoned", 99, "a")],
        ),
        (True, [event("ivr.started", 0, "a"), *call("a", 5, 9, direction="outbound")]),
        (True, [event("chat.handed_over", 0, "a", **{"from": "bot", "to": "agent"})]),
        (False, [event("chat.message_sent", 0, "a", by="bot")]),
    ],
)
def test_a_machine_passed_him_on(left: bool, events: list[dict[str, Any]]) -> None:
    service = served(events)
    assert (service.met_machine, service.left_machine) == (True, left)


def test_who_was_answered_only_after_the_end_was_not_handled() -> None:
    late = event("chat.message_sent", 100, "a", by="agent")
    assert served([event("chat.started", 0, "a"), event("chat.ended", 8, "a"), late]).handling is None


def test_of_many_waits_none_is_handling() -> None:
    waits = [
        one
        for start in range(10, 10 + 60 * 100, 100)
        for one in (
            event("call.queued", start, "a", queue="billing"),
            event("call.transferred", start + 60, "a", to_queue="sales"),
        )
    ]
    service = served([event("call.answered", 1, "a"), *waits, event("call.ended", 6010, "a")])
    assert service.handling == Handling((6009 - 60 * 60) * SECOND_US)


def test_holding_is_what_is_held_by_a_person() -> None:
    """Neither before the first answer nor in a further queue."""
    service = served(
        [
            event("call.held", 0, "a"),
            event("call.resumed", 5, "a"),
            event("call.answered", 10, "a"),
            event("call.held", 20, "a"),
            event("call.queued", 40, "a", queue="sales"),
            event("call.answered", 100, "a"),
            event("call.resumed", 110, "a"),
            event("call.ended", 120, "a"),
        ]
    )
    assert service.handling == Handling((110 - 60) * SECOND_US, (90 - 60) * SECOND_US)


def test_a_form_in_a_chat_counts() -> None:
    service = served(
        [event("web_form.field_changed", 0, "a", form_id="f", field="x"), event("chat.started", 9, "a")]
    )
    assert service.has_form


def test_a_form_counts_from_its_first_changed_field() -> None:
    seen = [event("web_form.viewed", 0, "a", form_id="f"), event("web_form.started", 1, "a", form_id="f")]
    assert not served(seen).has_form
    assert served([*seen, event("web_form.field_changed", 2, "a", form_id="f", field="name")]).has_form


def test_the_last_word_of_its_resolution_holds() -> None:
    ticket = [event("ticket.opened", 0, "a"), event("ticket.resolved", HOUR, "a")]
    assert served(ticket).resolved is Resolved.YES
    assert served([*ticket, event("ticket.reopened", DAY, "a")]).resolved is Resolved.REOPENED


def test_what_comes_late_is_told() -> None:
    events = mine(call("a", 0, 60))
    late = mine([event("call.held", 30, "a"), event("call.resumed", 45, "a")])
    (head,) = fed(events, late).contacts().values()
    assert (head.service.handling, head.revision) == (Handling(60 * SECOND_US, 15 * SECOND_US), 2)

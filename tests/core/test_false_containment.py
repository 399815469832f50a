"""`false_containment`: contained, and the same customer reaches a person in another contact within 24 h."""

from typing import Any

import pytest

from tests.core.given import DAY, MS, Told, call, entered, event, mine, raised

KIND = "false_containment"


def contained(at: float = 60) -> list[dict[str, Any]]:
    return [*entered("a"), event("ivr.ended", at, reason="contained")]


def test_a_person_within_a_day_makes_it_false() -> None:
    other = [event("call.started", 900, "c2"), event("call.answered", 960, "c2")]
    assert raised(KIND, mine([*contained(), *other])) == [Told("c1", 960, "node:a", ("ended", "answered"))]


@pytest.mark.parametrize(("later", "count"), [(DAY, 1), (DAY + MS, 0)])
def test_exactly_a_day_is_within(later: float, count: int) -> None:
    other = event("call.answered", 60 + later, "c2")
    assert len(raised(KIND, mine([*contained(), other]))) == count


def test_a_person_in_the_same_contact_or_of_an_outbound_call_is_none() -> None:
    assert raised(KIND, mine([*contained(), event("call.answered", 70)])) == []
    assert raised(KIND, mine([*contained(), *call("c2", 900, 960, direction="outbound")])) == []


def test_that_the_exchange_hangs_up_after_it_changes_nothing() -> None:
    hung_up = event("call.ended", 61, ended_by="customer")
    other = event("call.answered", 960, "c2")
    assert [one.at for one in raised(KIND, mine([*contained(), hung_up, other]))] == [960]


@pytest.mark.parametrize("after", ["call.queued", "call.answered"])
def test_who_is_put_through_after_all_was_not_left_to_a_machine(after: str) -> None:
    events = [*contained(), event(after, 70), *call("c2", 900, 960)]
    assert raised(KIND, mine(events)) == []


def test_a_bot_is_named() -> None:
    chat = [event("chat.started", 0), event("chat.ended", 60, reason="contained", bot="faq")]
    told = raised(KIND, mine([*chat, event("email.replied", 120, "c2")]))
    assert [(one.contact, one.at, one.touchpoint) for one in told] == [("c1", 120, "bot:faq")]


@pytest.mark.parametrize("answers", [49, 99, 101, 300])
def test_in_however_long_a_thread_a_person_is_reached(answers: int) -> None:
    minute = 60 * answers
    thread = [
        event("email.received", 0, "m"),
        *(event("email.replied", 60 * n, "m") for n in range(1, answers + 1)),
    ]
    bot = [
        event("chat.started", minute + 600, "b"),
        event("chat.ended", minute + 660, "b", reason="contained"),
    ]
    later = [event("email.replied", minute + n * 3600, "m") for n in range(1, 4)]
    (found,) = raised("false_containment", mine([*thread, *bot, *later]))
    assert (found.contact, found.at) == ("b", minute + 3600)

"""`slow_response`: a customer wrote and nobody answered in time."""

from typing import Any

import pytest

from tests.core.given import HOUR, MS, Told, event, raised

KIND = "slow_response"


def said(at: float, by: str = "customer", **data: Any) -> dict[str, Any]:
    return event("chat.message_sent", at, by=by, **data)


def test_it_is_raised_on_the_silence() -> None:
    assert raised(KIND, [said(0)], clock=60) == []
    assert raised(KIND, [said(0)], clock=60 + MS) == [Told("c1", 60, "channel:chat", ("message_sent",))]


@pytest.mark.parametrize("by", ["bot", "agent"])
def test_an_answer_at_the_limit_is_in_time(by: str) -> None:
    assert raised(KIND, [said(0), said(60, by)]) == []


def test_a_run_is_timed_from_its_first_message() -> None:
    assert [one.at for one in raised(KIND, [said(0), said(50), said(70, "agent")])] == [60]


def test_each_run_is_its_own_and_a_handover_ends_none() -> None:
    handover = event("chat.handed_over", 130, to="agent", **{"from": "bot"})
    events = [said(0), said(70, "bot"), said(100), handover, said(170, "agent", queue="faq")]
    assert [(one.at, one.touchpoint) for one in raised(KIND, events)] == [
        (60, "channel:chat"),
        (160, "channel:chat"),
    ]


def test_the_end_of_the_chat_ends_a_run() -> None:
    assert raised(KIND, [said(0), event("chat.ended", 30)]) == []


@pytest.mark.parametrize(
    ("wrote", "answered", "limit"),
    [("email.received", "email.replied", 24 * HOUR), ("social.posted", "social.replied", 4 * HOUR)],
)
def test_letters_and_posts_have_longer(wrote: str, answered: str, limit: float) -> None:
    assert raised(KIND, [event(wrote, 0), event(answered, limit)]) == []
    late = raised(KIND, [event(wrote, 0, queue="mail"), event(answered, limit + 1)])
    assert [(one.at, one.touchpoint) for one in late] == [(limit, "queue:mail")]

"""How journeys close, and when: on both sides of each silence."""

from typing import Any

import pytest

from .build import DAY, HOUR, MINUTE, MS, PBX, T0, event, mine, us
from .contacts import journeys

Events = list[dict[str, Any]]
Closed = tuple[str | None, float | None]
OPEN: Closed = (None, None)
LOST = [event("call.queued", 0, "a"), event("call.abandoned", 90, "a")]
UNSOLVED = [event("call.started", 0, "a"), event("call.ended", 90, "a", resolved=False)]


def closed(events: Events, clock: float | None = None) -> Closed:
    """Of the one journey they make; the moment in seconds since T0."""
    (journey,) = journeys(mine(events), clock_us=None if clock is None else us(clock))
    at = journey.closed_at_us
    return journey.outcome, None if at is None else at / 1e6 - T0.timestamp()


@pytest.mark.parametrize(
    ("events", "outcome", "silence"),
    [
        (LOST, "abandoned", 72 * HOUR),
        (UNSOLVED, "unresolved", 72 * HOUR),
        ([event("call.ended", 90, "a")], "expired", 7 * DAY),
    ],
)
def test_silence_closes_a_journey(events: Events, outcome: str, silence: float) -> None:
    assert closed(events, 90 + silence) == OPEN
    assert closed(events, 90 + silence + MS) == (outcome, 90 + silence)
    assert closed(events) == (outcome, 90 + silence)


@pytest.mark.parametrize(
    "solution",
    [
        event("call.ended", 60, "a", resolved=True),
        event("chat.ended", 60, "a", resolved=True),
        event("web_form.submitted", 60, "a", form_id="f"),
        event("ticket.resolved", 60, "a"),
    ],
)
def test_a_solution_closes_at_once(solution: dict[str, Any]) -> None:
    assert closed([event("agent.noted", 0, "a"), solution], 60) == ("resolved", 60)


@pytest.mark.parametrize(
    "undone",
    [
        event("ticket.reopened", 100, "a"),
        event("chat.ended", 100, "a", resolved=False),
        event("chat.started", 100, "b"),
        event("ticket.opened", 100, "t"),
    ],
)
def test_what_undoes_a_solution_opens_it_again(undone: dict[str, Any]) -> None:
    events = [event("call.started", 0, "a"), event("call.ended", 60, "a", resolved=True), undone]
    assert closed(events, 200) == OPEN
    assert closed([*events, event("ticket.resolved", 150, "a")], 200) == ("resolved", 150)


def test_what_is_said_again_counts_again() -> None:
    twice = [
        event("ticket.resolved", 0, "a"),
        event("chat.started", 60, "b"),
        event("ticket.resolved", 90, "a"),
    ]
    assert closed(twice) == ("resolved", 90)
    no_twice = [event("call.ended", at, "a", resolved=False) for at in (0, 90)]
    assert closed([*no_twice, event("ticket.resolved", 60, "t")])[0] == "unresolved"


def test_nothing_else_undoes_a_solution() -> None:
    survey = event("survey.answered", 80, "s", about={"source": PBX, "subject": "a"}, metric="csat", score=1)
    events = [event("call.ended", 60, "a", resolved=True), event("call.abandoned", 70, "a"), survey]
    assert closed([*events, event("call.ended", 90, "a", resolved=True)]) == ("resolved", 60)


@pytest.mark.parametrize("later", ["survey.answered", "agent.noted", "ticket.opened"])
def test_silence_is_that_of_the_whole_journey(later: str) -> None:
    about = {"source": PBX, "subject": "a"}
    said = event(later, DAY, "s", about=about)
    assert closed([*LOST, said]) == ("abandoned", DAY + 72 * HOUR)


def test_an_abandoned_form_is_abandoned() -> None:
    form = [event("web_form.field_changed", 0, "a", form_id="f")]
    assert closed(form) == ("abandoned", 72 * HOUR)
    assert closed([*form, event("web_form.submitted", 9, "a", form_id="f")]) == ("resolved", 9)
    assert closed([event("web_form.viewed", 0, "a", form_id="f")]) == ("expired", 7 * DAY)


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (event("chat.abandoned", 100, "b"), "abandoned"),
        (event("chat.started", 100, "b"), "expired"),
        (event("touchpoint.happened", 100, "b"), "expired"),
        (event("ticket.opened", 100, "b"), "abandoned"),
        (event("call.ended", 100, "a"), "abandoned"),
        (event("call.answered", 100, "a"), "expired"),
        (event("call.queued", 100, "a"), "expired"),
    ],
)
def test_the_last_contact_decides_whether_it_was_abandoned(later: dict[str, Any], outcome: str) -> None:
    assert closed([*LOST, later])[0] == outcome


@pytest.mark.parametrize("resolved", [True, None])
def test_the_last_contact_decides_whether_it_was_unresolved(resolved: bool | None) -> None:
    again = [event("chat.started", 100, "b"), event("chat.ended", 200, "b", resolved=resolved)]
    undone = event("ticket.opened", 300, "t")
    assert closed([*UNSOLVED, *again, undone])[0] == "expired"
    assert closed([*UNSOLVED, *again, event("chat.ended", 250, "b", resolved=False)])[0] == "unresolved"


def test_of_the_last_contact_abandoned_goes_before_unresolved() -> None:
    assert closed([*LOST, event("call.ended", 99, "a", resolved=False)])[0] == "abandoned"


def test_a_contact_that_joins_opens_a_closed_journey() -> None:
    again = event("chat.started", 90 + 72 * HOUR, "b")
    assert closed([*LOST, again], 90 + 72 * HOUR + MINUTE) == OPEN


def test_channels_are_told_by_first_contact() -> None:
    chat, mail = event("chat.started", 100, "b"), event("email.received", 200, "c")
    (journey,) = journeys(
        mine([*LOST, mail, chat, event("ivr.started", 300, "d"), event("call.held", 400, "d")])
    )
    assert journey.channels == ("call", "chat", "email")

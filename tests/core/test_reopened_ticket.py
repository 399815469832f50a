"""`reopened_ticket`: `ticket.reopened`."""

from tests.core.given import DAY, Told, event, raised

KIND = "reopened_ticket"


def test_each_reopening_is_its_own_at_the_tickets_topic() -> None:
    events = [
        event("ticket.opened", 0, topic="router"),
        *(event("ticket.reopened", at) for at in (DAY, 2 * DAY)),
    ]
    assert raised(KIND, events) == [Told("c1", at, "topic:router", ("reopened",)) for at in (DAY, 2 * DAY)]


def test_a_ticket_without_a_topic() -> None:
    assert [one.touchpoint for one in raised(KIND, [event("ticket.reopened", 0)])] == ["channel:ticket"]
